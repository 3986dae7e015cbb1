/* The front end as read-only bytes; web/build.mjs makes the two files, the build file says where. */
#ifdef _WIN32
  .section .rdata,"dr"
#else
  .section .rodata
#endif
  .global kohort_script, kohort_script_end, kohort_style, kohort_style_end
kohort_script:
  .incbin "report.js"
kohort_script_end:
kohort_style:
  .incbin "report.css"
kohort_style_end:
#ifdef __ELF__
  .section .note.GNU-stack,"",%progbits
#endif
