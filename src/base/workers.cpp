#include "base/workers.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/error.hpp"

namespace kohort {
namespace {

thread_local bool inside_task = false;  // nested calls run inline

/// One call of for_each: tasks are taken in order, the lowest failure wins.
struct Job {
  std::size_t n;
  const std::function<void(std::size_t)>* f;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> lowest_failure;
  std::mutex failure_mutex;
  std::exception_ptr failure;

  Job(std::size_t tasks, const std::function<void(std::size_t)>& task)
      : n(tasks), f(&task), lowest_failure(tasks) {}

  void work(const std::stop_token& stop) {
    for (std::size_t i = next++; i < n; i = next++) {
      if (stop.stop_requested() || i > lowest_failure.load()) return;
      try {
        (*f)(i);
      } catch (...) {
        const std::lock_guard lock{failure_mutex};
        if (i < lowest_failure.load()) {
          lowest_failure = i;
          failure = std::current_exception();
        }
      }
    }
  }
};

[[noreturn]] void throw_interrupted() {
  throw Error(ErrorKind::Interrupted, "interrupted", {},
              "run the same command again: it goes on where it stopped");
}

}  // namespace

struct Workers::Pool {
  std::mutex mutex;
  std::condition_variable wake, done;
  Job* job = nullptr;
  std::size_t generation = 0;
  std::size_t busy = 0;
  bool closing = false;
  std::mutex one_caller;  // two callers on one pool take turns
  std::vector<std::thread> threads;

  void serve(const std::stop_token& stop) {
    inside_task = true;
    std::size_t seen = 0;
    std::unique_lock lock{mutex};
    for (;;) {
      wake.wait(lock, [&] { return closing || generation != seen; });
      if (closing) return;
      seen = generation;
      Job* mine = job;
      if (mine == nullptr) continue;
      ++busy;
      lock.unlock();
      mine->work(stop);
      lock.lock();
      if (--busy == 0) done.notify_all();
    }
  }
};

Workers::Workers(int threads, std::stop_token stop)
    : pool_(std::make_unique<Pool>()), stop_(std::move(stop)) {
  if (threads <= 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int i = 1; i < threads; ++i) pool_->threads.emplace_back([this] { pool_->serve(stop_); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock{pool_->mutex};
    pool_->closing = true;
  }
  pool_->wake.notify_all();
  for (std::thread& thread : pool_->threads) thread.join();
}

int Workers::threads() const { return static_cast<int>(pool_->threads.size()) + 1; }
int Workers::at_once() const { return inside_task ? 1 : threads(); }

bool Workers::stopping() const { return stop_.stop_requested(); }

void Workers::check() const {
  if (stopping()) throw_interrupted();
}

void Workers::for_each(std::size_t n, const std::function<void(std::size_t)>& f) {
  check();
  Job job{n, f};
  if (inside_task || n <= 1 || pool_->threads.empty()) {
    job.work(stop_);
  } else {
    const std::lock_guard turn{pool_->one_caller};
    {
      const std::lock_guard lock{pool_->mutex};
      pool_->job = &job;
      ++pool_->generation;
    }
    pool_->wake.notify_all();
    inside_task = true;
    job.work(stop_);
    inside_task = false;
    std::unique_lock lock{pool_->mutex};
    pool_->job = nullptr;
    pool_->done.wait(lock, [&] { return pool_->busy == 0; });
  }
  if (job.failure) std::rethrow_exception(job.failure);
  check();
}

}  // namespace kohort
