#pragma once
// Threads, passed in: no algorithm makes its own. Work is split into numbered tasks, each writing its own
// slot.

#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <stop_token>
#include <vector>

namespace kohort {

/// A fixed set of threads that wait on a condition variable (no spinning: a busy neighbour costs its share,
/// no more). The caller's thread works too. Calls from inside a task run inline, so only the outermost loop
/// splits the machine.
class Workers {
 public:
  /// threads: how many work at once, the caller included; 0 = one per processor.
  explicit Workers(int threads = 0, std::stop_token stop = {});
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int threads() const;
  /// How many tasks of a for_each called here would run at once: 1 inside a task, threads() outside.
  int at_once() const;
  /// True once a stop was asked for; long tasks look at it now and then.
  bool stopping() const;
  /// Throws Error (interrupted) once a stop was asked for.
  void check() const;

  /// Runs f(0) .. f(n-1), dynamically chunked, and returns when all have ended. When tasks throw, the
  /// exception of the lowest-numbered failing task is thrown, so a message never depends on timing: after a
  /// failure, only tasks of a higher number are skipped. After a stop, throws Error (interrupted).
  void for_each(std::size_t n, const std::function<void(std::size_t)>& f);

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
  std::stop_token stop_;
};

/// The sum of f(0) .. f(n-1) in fixed blocks: the same bits on one thread or on sixty-four.
template <class F>
double sum_in_blocks(Workers& workers, std::size_t n, F f) {
  constexpr std::size_t kBlock = 4096;  // fixed: a block never depends on the machine
  std::vector<double> part((n + kBlock - 1) / kBlock);
  workers.for_each(part.size(), [&](std::size_t b) {
    double sum = 0;
    for (std::size_t i = b * kBlock; i < std::min(n, (b + 1) * kBlock); ++i) sum += f(i);
    part[b] = sum;
  });
  return std::accumulate(part.begin(), part.end(), 0.0);
}

}  // namespace kohort
