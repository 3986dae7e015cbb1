#pragma once
// What a person reads while kohort works, and the same as JSON lines for programs. Never a person's value.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace kohort {

enum class Level { Debug, Info, Warning, Failure };

/// Writes lines for people to a stream (standard error) and, when asked, JSON lines {time, level, event, …}
/// to a file. Safe to share between threads.
class Log {
 public:
  struct Settings {
    bool quiet = false;               // only warnings and failures on the terminal
    bool ascii = false;               // no character outside ASCII
    std::filesystem::path json_file;  // empty: none
  };
  Log() : Log(Settings{}) {}
  explicit Log(Settings settings, std::FILE* to = stderr);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void say(Level level, std::string_view text);
  void info(std::string_view text) { say(Level::Info, text); }
  void warn(std::string_view text) { say(Level::Warning, text); }

  bool ascii() const;
  bool quiet() const;

 private:
  friend class Progress;
  struct State;
  std::unique_ptr<State> state_;
};

/// Progress of one long step with the time left: one line redrawn on a terminal at most every 100 ms, a plain
/// line every 10 s elsewhere. Constructed when the step starts, done when it goes out of scope. Thread-safe.
class Progress {
 public:
  Progress(Log& log, std::string title, std::uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance(std::uint64_t steps = 1);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Drops what is not ASCII in favour of the nearest ASCII spelling ("≥" → ">=", "–" → "-", else "?").
std::string to_ascii(std::string_view utf8);

}  // namespace kohort
