# The fuzz targets (tests/fuzz/run): libFuzzer, so clang only. A target is a file TARGET_NAME.c that
# knows one entrance of capbox; the product's layers are linked as they are, but instrumented.
add_custom_target(fuzz)
function(capbox_fuzz name)
  add_executable(fuzz_${name} tests/fuzz/target_${name}.c ${ARGN})
  target_link_libraries(fuzz_${name} PRIVATE capbox_runtime)
  # The sentry uses the parser of the runtime, which stands before it on the command line.
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer
    LINKER:-u,spec_process_parse,-u,spec_free)
  add_dependencies(fuzz fuzz_${name})
endfunction()
capbox_fuzz(traps tests/fuzz/guest.c tests/fuzz/sandbox.c)
capbox_fuzz(program)
capbox_fuzz(config)
capbox_fuzz(control tests/fuzz/entries.c)
