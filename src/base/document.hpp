#pragma once
// YAML files with a good memory of where everything stood: study files, schemas, predictor declarations.
// Duplicate keys, unknown keys and wrong types are errors that name file, line and column and show the line.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace kohort {

/// One place in a document: a map, a list, a scalar or nothing (null). A cheap handle; the document lives on
/// with it.
class Node {
 public:
  /// Reads YAML. `name` is how errors call the file. Throws Error (study) on bad YAML, duplicate keys, or
  /// nesting deeper than 32 levels; Error (system) when the file cannot be read.
  static Node read_file(const std::filesystem::path& file, ErrorKind kind = ErrorKind::Study);
  static Node read_text(std::string text, std::string name, ErrorKind kind = ErrorKind::Study);

  bool is_null() const;
  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;

  /// Map: entries in file order. Throws when this is no map.
  const std::vector<std::pair<std::string, Node>>& entries() const;
  /// List: its items. Throws when this is no list.
  const std::vector<Node>& items() const;
  /// List, or a single value standing for a list of one; null is an empty list.
  std::vector<Node> items_or_one() const;

  std::optional<Node> find(std::string_view key) const;  // nothing when absent; throws when this is no map
  Node at(std::string_view key) const;                   // throws "key 'x' is missing"
  /// Throws when a key of this map is not in `known`, naming the nearest.
  void only(std::span<const std::string> known) const;
  void only(std::initializer_list<const char*> known) const;

  std::string text() const;      // any scalar as written
  std::int64_t integer() const;  // throws when it is no whole number
  double number() const;         // accepts inf
  bool flag() const;             // true or false
  std::int64_t integer_between(std::int64_t least, std::int64_t most) const;
  double number_between(double least, double most) const;
  /// The place of the text in `known`; throws with the nearest known name ("what" names the kind of thing).
  std::size_t one_of(std::span<const std::string> known, std::string_view what) const;
  std::vector<std::string> texts() const;      // items_or_one() as text
  std::vector<std::int64_t> integers() const;  // items_or_one() as whole numbers

  /// The content as one line with sorted keys: equal for files that differ in layout, comments or the order
  /// of keys.
  std::string canonical() const;
  std::string where() const;  // file:line:column
  int line() const;           // 1-based
  /// An error at this place, with the line and a caret.
  Error error(std::string problem, std::string mend = {}) const;
  /// The same at a key of this map.
  Error error_at_key(std::string_view key, std::string problem, std::string mend = {}) const;

 private:
  struct Value;
  struct Source;
  explicit Node(std::shared_ptr<const Value> value) : value_(std::move(value)) {}
  struct Builder;
  std::shared_ptr<const Value> value_;
};

}  // namespace kohort
