# How every file of ours is compiled: the language, the warnings, the machine we aim at, and the tools that make it quick.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

option(VARVE_WERROR "Treat warnings as errors" ON)
set(VARVE_SANITIZE "" CACHE STRING "Sanitizers for every file of ours, for example address,undefined or thread")

# RE2's package asks for -pthread, which defines a macro; a precompiled header and its users must agree on macros, so all have it.
add_compile_options(-pthread)
add_compile_options(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -fno-omit-frame-pointer)
if(VARVE_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these in the standard library's own inlined code (PR 105329, PR 105651).
  add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overread
                      -Wno-dangling-pointer)
endif()
# Answers are equal to the bit on every processor: no multiplication and addition in one rounding. Nobody asks which exceptions
# floating point raised, so that loops with comparisons may become vector code.
add_compile_options(-ffp-contract=off -fno-trapping-math)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-march=x86-64-v2)  # what newer machines offer is picked at run time
endif()

if(VARVE_SANITIZE)
  add_compile_options(-fsanitize=${VARVE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${VARVE_SANITIZE})
endif()

find_program(VARVE_CCACHE ccache)
if(VARVE_CCACHE)
  # Precompiled headers are safe to cache under this sloppiness (ccache's manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${VARVE_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  else()
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()
find_program(VARVE_MOLD mold)
if(VARVE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
