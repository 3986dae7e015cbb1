#pragma once
// What a search has done already, on disk: a killed search goes on where it was.

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kohort {

/// Scores by key, a line each. No prediction and no cell is ever written. Reading forgives: a line that does
/// not match its checksum, or was cut short, is as if it had not been written.
class SearchJournal {
 public:
  /// Reads what is there. The file is made, readable by its owner only, and its folder, when something is
  /// added.
  explicit SearchJournal(std::filesystem::path file);
  ~SearchJournal();
  SearchJournal(const SearchJournal&) = delete;
  SearchJournal& operator=(const SearchJournal&) = delete;

  std::optional<std::vector<double>> find(const std::string& key) const;
  /// On disk when it returns. From any thread. Throws Error (system) when it cannot be written.
  void add(const std::string& key, std::span<const double> scores);

 private:
  void append(const std::string& line);

  std::filesystem::path file_;
  int handle_ = -1;  // once something was added
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<double>> scores_;
};

}  // namespace kohort
