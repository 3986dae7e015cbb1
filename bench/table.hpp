#pragma once
// The generator's raw table, and how the benchmarks report.

#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace kohort::bench {

constexpr std::size_t kColumns = 446;

class Clock {
 public:
  /// Seconds since the last lap.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> passed = now - last_;
    last_ = now;
    return passed.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

inline double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Forgets the peak of memory so far (Linux).
inline void reset_peak() { std::ofstream{"/proc/self/clear_refs"} << "5"; }
/// MiB in memory now ("VmRSS:"), and at the peak since reset_peak ("VmHWM:").
inline double memory_mib(const std::string& kind) {
  std::ifstream status{"/proc/self/status"};
  std::string word;
  while (status >> word)
    if (word == kind) {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

/// Processor seconds of the whole program so far, all threads: what a busy neighbour does not change.
inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Rows first .. first+rows-1 of a row-major file of floats.
inline std::vector<float> read_rows(const std::string& file, std::size_t first, std::size_t rows,
                                    std::size_t width) {
  std::vector<float> cells(rows * width);
  std::ifstream in{file, std::ios::binary};
  in.seekg(static_cast<std::streamoff>(first * width * sizeof(float)));
  in.read(reinterpret_cast<char*>(cells.data()), static_cast<std::streamsize>(cells.size() * sizeof(float)));
  if (!in) throw std::runtime_error("too few rows in " + file);
  return cells;
}

/// y_count (target 0) or y_bin (target 1).
inline std::vector<double> read_outcome(const std::string& prefix, std::size_t first, std::size_t rows,
                                        std::size_t target) {
  const std::vector<float> y = read_rows(prefix + ".y.f32", first, rows, 4);
  std::vector<double> outcome(rows);
  for (std::size_t i = 0; i < rows; ++i) outcome[i] = y[i * 4 + target];
  return outcome;
}

}  // namespace kohort::bench
