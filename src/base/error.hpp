#pragma once
// Errors a person can mend. One small value: what was wrong, where, how to mend it, and the exit code.

#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace kohort {

/// The classes of failure and the exit code of each (SPEC O-7).
enum class ErrorKind : int {
  Study = 2,        // bad study file or command line
  Data = 3,         // bad data
  Leak = 4,         // a predictor would see the future
  Disclosure = 5,   // disclosure or purpose refused
  Budget = 6,       // does not fit the memory, disk or time given
  Fit = 7,          // the numbers allow no fit
  System = 8,       // disk, memory, cluster, processor
  Defect = 70,      // our own mistake
  Interrupted = 75  // stopped, resumable
};

/// A failure with its mend. Messages carry tables, columns, row numbers and counts, never a person's value.
class Error : public std::exception {
 public:
  /// what: one sentence without a full stop; where: "file:line:column", a column, or empty;
  /// mend: what the person can do; excerpt: the source line with a caret below, or empty.
  Error(ErrorKind kind, std::string what, std::string where = {}, std::string mend = {},
        std::string excerpt = {});

  const char* what() const noexcept override { return message_.c_str(); }  // the whole message, as printed
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }
  const std::string& problem() const { return problem_; }
  const std::string& where() const { return where_; }
  const std::string& mend() const { return mend_; }

 private:
  ErrorKind kind_;
  std::string problem_, where_, mend_, message_;
};

/// The candidate nearest to `name` by edit distance, or empty when none is near
/// (distance over a third of the longer word, or over 3).
std::string nearest_name(std::string_view name, std::span<const std::string> known);

/// "did you mean 'x'? Known: a, b, c." for error mends; the list is cut at 20 names.
std::string suggest(std::string_view name, std::span<const std::string> known);

}  // namespace kohort
