// The only file built for any x86-64 processor: it checks that the rest can run here.

#include <cstdio>

#include "cli/app.hpp"

int main(int argc, char** argv) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")) {
    std::fputs("kohort: this processor lacks AVX2, FMA or BMI2, which kohort is built for\n", stderr);
    return 8;
  }
  return kohort::run_cli(argc, argv);
}
