#include "base/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {

using Clock = std::chrono::steady_clock;

struct Log::State {
  Settings settings;
  std::FILE* to;
  bool terminal;
  std::FILE* json = nullptr;
  std::mutex mutex;
  bool line_open = false;  // a progress line stands on the terminal

  void clear_line() {
    if (std::exchange(line_open, false)) std::fputs("\r\x1b[2K", to);
  }
  void write_line(std::string_view text) {
    clear_line();
    fmt::print(to, "{}\n", settings.ascii ? to_ascii(text) : std::string{text});
    std::fflush(to);
  }
  void write_json(Level level, std::string_view text) {
    if (json == nullptr) return;
    constexpr std::array kNames{"debug", "info", "warning", "failure"};
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const nlohmann::ordered_json line{{"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now))},
                                      {"level", kNames[static_cast<std::size_t>(level)]},
                                      {"text", text}};
    fmt::print(json, "{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::fflush(json);
  }
};

Log::Log(Settings settings, std::FILE* to) : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
  state_->to = to;
  state_->terminal = isatty(fileno(to)) != 0;
  if (const auto& file = state_->settings.json_file; !file.empty()) {
    state_->json = std::fopen(file.c_str(), "a");
    if (state_->json == nullptr)
      throw Error(ErrorKind::System, "the log file cannot be written", file.string(),
                  "check that its folder exists and is yours to write");
  }
}

Log::~Log() {
  state_->clear_line();
  if (state_->json != nullptr) std::fclose(state_->json);
}

void Log::say(Level level, std::string_view text) {
  const std::lock_guard lock{state_->mutex};
  const bool shown = level >= Level::Warning || (level == Level::Info && !state_->settings.quiet);
  if (shown)
    state_->write_line(level == Level::Warning ? fmt::format("warning: {}", text) : std::string{text});
  state_->write_json(level, text);
}

bool Log::ascii() const { return state_->settings.ascii; }
bool Log::quiet() const { return state_->settings.quiet; }

struct Progress::State {
  Log::State* log;
  std::string title;
  std::uint64_t total;
  std::uint64_t done = 0;
  Clock::time_point start = Clock::now(), drawn = start;

  std::string line(Clock::time_point now) const {
    const double elapsed = std::chrono::duration<double>(now - start).count();
    const double share = total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
    std::string text =
        fmt::format("{}: {:3.0f} % ({} of {})", title, 100 * share, format_count(done), format_count(total));
    if (share > 0 && share < 1)
      text += fmt::format(", {} left", format_duration(elapsed * (1 - share) / share));
    return text;
  }
  void draw() {
    const auto now = Clock::now();
    const auto pause = log->terminal ? std::chrono::milliseconds{100} : std::chrono::milliseconds{10'000};
    if (log->settings.quiet || now - drawn < pause) return;
    drawn = now;
    if (!log->terminal) return log->write_line(line(now));
    log->clear_line();
    fmt::print(log->to, "{}", log->settings.ascii ? to_ascii(line(now)) : line(now));
    log->line_open = true;
    std::fflush(log->to);
  }
};

Progress::Progress(Log& log, std::string title, std::uint64_t total) : state_(std::make_unique<State>()) {
  state_->log = log.state_.get();
  state_->title = std::move(title);
  state_->total = total;
}

Progress::~Progress() {
  const std::lock_guard lock{state_->log->mutex};
  state_->log->clear_line();
}

void Progress::advance(std::uint64_t steps) {
  const std::lock_guard lock{state_->log->mutex};
  state_->done += steps;
  state_->draw();
}

std::string to_ascii(std::string_view utf8) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kSpellings{{{"≥", ">="},
                                                                                      {"≤", "<="},
                                                                                      {"–", "-"},
                                                                                      {"—", "-"},
                                                                                      {"…", "..."},
                                                                                      {"×", "x"},
                                                                                      {"→", "->"},
                                                                                      {"·", "."},
                                                                                      {"±", "+/-"},
                                                                                      {"æ", "ae"},
                                                                                      {"ø", "o"},
                                                                                      {"å", "a"},
                                                                                      {"Æ", "AE"},
                                                                                      {"Ø", "O"},
                                                                                      {"Å", "A"},
                                                                                      {"’", "'"}}};
  std::string out;
  while (!utf8.empty()) {
    if (static_cast<unsigned char>(utf8.front()) < 0x80) {
      out += utf8.front();
      utf8.remove_prefix(1);
      continue;
    }
    std::string_view ascii = "?";
    std::size_t length = 1;
    while (length < utf8.size() && (static_cast<unsigned char>(utf8[length]) & 0xC0) == 0x80) ++length;
    for (const auto& [from, to] : kSpellings) {
      if (utf8.substr(0, length) == from) ascii = to;
    }
    out += ascii;
    utf8.remove_prefix(length);
  }
  return out;
}

}  // namespace kohort
