# unit_tests(<room> a_test.cpp b_test.cpp ...): one test program per room, one ctest entry per program.
# It links the room it tests and what that room may know, so an arrow pointing down fails to link here.
if(KOHORT_TESTS)
  find_package(GTest REQUIRED)
endif()

function(unit_tests room)
  if(NOT KOHORT_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  add_executable(${room}_test ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${room}_test PRIVATE ${room} ${ARG_USES} warnings GTest::gtest GTest::gtest_main)
  target_compile_options(${room}_test PRIVATE -Wno-dangling-else)  # the macros of GoogleTest are if-else inside
  add_test(NAME ${room} COMMAND ${room}_test)
  set(scratch ${CMAKE_CURRENT_BINARY_DIR}/scratch)  # what tests write stays in the build: several may run at once
  file(MAKE_DIRECTORY ${scratch})
  set_tests_properties(${room} PROPERTIES LABELS unit TIMEOUT 600
    ENVIRONMENT "TMPDIR=${scratch};TEST_TMPDIR=${scratch}")
endfunction()
