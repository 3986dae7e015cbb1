# What every target of ours is compiled with, as two interface targets: nothing is set globally.

# `kohort_code`: arithmetic that gives the same bits everywhere (no contraction), AVX2 class processors.
add_library(kohort_code INTERFACE)
target_compile_features(kohort_code INTERFACE cxx_std_20)
target_compile_options(kohort_code INTERFACE -ffp-contract=off -march=x86-64-v3)
configure_file(${PROJECT_SOURCE_DIR}/cmake/kohort_version.hpp.in ${PROJECT_BINARY_DIR}/generated/kohort_version.hpp)
target_include_directories(kohort_code INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)

add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-qual -Wunused -Woverloaded-virtual -Wconversion -Wno-sign-conversion -Wnull-dereference)
if(KOHORT_WARNINGS_AS_ERRORS)
  target_compile_options(warnings INTERFACE -Werror)
endif()
# gcc 12 reports false positives of these two in the standard library at -O2.
target_compile_options(warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-null-dereference -Wno-restrict>)

if(KOHORT_SANITIZE STREQUAL "address")
  target_compile_options(kohort_code INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kohort_code INTERFACE -fsanitize=address,undefined)
elseif(KOHORT_SANITIZE STREQUAL "thread")
  target_compile_options(kohort_code INTERFACE -fsanitize=thread)
  target_link_options(kohort_code INTERFACE -fsanitize=thread)
endif()

option(KOHORT_FUZZ "Build the fuzz targets of tests/fuzz (clang)" OFF)
if(KOHORT_FUZZ)
  enable_testing()
  target_compile_options(kohort_code INTERFACE -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow
    -fno-sanitize-recover=all)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# room(<name> SOURCES ... USES ...): one static library per folder of src/; USES names the rooms it may know.
function(room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC kohort_code ${ARG_USES} PRIVATE warnings ${ARG_PRIVATE})
endfunction()
