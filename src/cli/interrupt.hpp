#pragma once
// Ctrl-C and termination ask the work to stop; a second one ends the process at once.

#include <stop_token>
#include <thread>

namespace kohort {

/// Blocks SIGINT and SIGTERM for this thread and those it starts, and waits for them on a thread of its own.
/// Make it before any other thread.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread watcher_;
};

}  // namespace kohort
