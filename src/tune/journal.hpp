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
  /// Creates the file when absent, readable by its owner only. Throws Error (system) when that fails.
  explicit SearchJournal(std::filesystem::path file);
  ~SearchJournal();
  SearchJournal(const SearchJournal&) = delete;
  SearchJournal& operator=(const SearchJournal&) = delete;

  std::optional<std::vector<double>> find(const std::string& key) const;
  /// On disk when it returns. From any thread. Throws Error (system) when the disk is full.
  void add(const std::string& key, std::span<const double> scores);

 private:
  std::filesystem::path file_;
  int handle_ = -1;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<double>> scores_;
};

}  // namespace kohort
