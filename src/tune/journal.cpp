#include "tune/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

constexpr std::size_t kCheckDigits = 8;

std::string check_of(std::string_view text) { return hash_text(text).substr(0, kCheckDigits); }

/// A key, the bits of each score, and a checksum of both.
std::string write_line(const std::string& key, std::span<const double> scores) {
  std::string line = key;
  for (const double score : scores) line += fmt::format(" {:016x}", std::bit_cast<std::uint64_t>(score));
  return line + ' ' + check_of(line) + '\n';
}

std::optional<std::pair<std::string, std::vector<double>>> read_line(const std::string& line) {
  const std::size_t check = line.rfind(' ');
  if (check == std::string::npos || line.substr(check + 1) != check_of(line.substr(0, check))) return {};
  const std::vector<std::string> words = split(line.substr(0, check), ' ');
  std::vector<double> scores;
  for (std::size_t k = 1; k < words.size(); ++k)
    scores.push_back(std::bit_cast<double>(std::uint64_t{std::stoull(words[k], nullptr, 16)}));
  return std::pair{words[0], std::move(scores)};
}

}  // namespace

SearchJournal::SearchJournal(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream in{file_, std::ios::binary};
  for (std::string line; std::getline(in, line);)
    if (auto entry = read_line(line)) scores_.insert(std::move(*entry));
}

SearchJournal::~SearchJournal() {
  if (handle_ >= 0) ::close(handle_);
}

std::optional<std::vector<double>> SearchJournal::find(const std::string& key) const {
  const std::lock_guard lock{mutex_};
  const auto found = scores_.find(key);
  if (found == scores_.end()) return std::nullopt;
  return found->second;
}

void SearchJournal::append(const std::string& line) {
  if (handle_ < 0) {
    std::error_code seen_when_opening;
    std::filesystem::create_directories(file_.parent_path(), seen_when_opening);
    handle_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  }
  if (handle_ < 0 || ::write(handle_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw Error(ErrorKind::System, fmt::format("cannot be written: {}", std::strerror(errno)), file_.string(),
                "check the folder and the free space, and start the search again: it goes on where it was");
}

void SearchJournal::add(const std::string& key, std::span<const double> scores) {
  const std::lock_guard lock{mutex_};
  append('\n' + write_line(key, scores));  // a line of its own even where the one before was cut short
  scores_[key].assign(scores.begin(), scores.end());
}

}  // namespace kohort
