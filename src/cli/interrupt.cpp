#include "cli/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <ctime>

namespace kohort {
namespace {

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

InterruptWatch::InterruptWatch() {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::jthread{[this](const std::stop_token& over) {
    const sigset_t awaited = watched_signals();
    const timespec pause{0, 100'000'000};
    while (!over.stop_requested()) {
      if (sigtimedwait(&awaited, nullptr, &pause) < 0) continue;
      if (source_.stop_requested()) _exit(75);
      source_.request_stop();
    }
  }};
}

InterruptWatch::~InterruptWatch() = default;

}  // namespace kohort
