#include "base/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/text.hpp"

namespace kohort {

struct Node::Source {
  std::string name, text;
  ErrorKind kind;

  std::string line(int number) const {  // 1-based
    std::istringstream in{text};
    std::string line;
    for (int i = 0; i < number; ++i) {
      if (!std::getline(in, line)) return {};
    }
    return line;
  }
  Error error(int line_number, int column, std::string problem, std::string mend) const {
    const std::string shown = line(line_number);
    std::string excerpt;
    if (!std::string_view{trim(shown)}.empty()) {
      excerpt = fmt::format("{:5} | {}\n      | {:>{}}", line_number, shown, "^", column);
    }
    return {kind, std::move(problem), fmt::format("{}:{}:{}", name, line_number, column), std::move(mend),
            excerpt};
  }
};

struct Node::Value {
  enum class Shape { Null, Scalar, List, Map } shape = Shape::Null;
  std::shared_ptr<const Source> source;
  int line = 1, column = 1;  // 1-based
  std::string scalar;
  bool quoted = false;
  std::vector<Node> list;
  std::vector<std::pair<std::string, Node>> map;
  std::vector<std::pair<int, int>> key_places;  // line, column of each key of the map
};

struct Node::Builder {
  std::shared_ptr<const Source> source;

  Node build(const YAML::Node& from, int depth, int line, int column) const {
    auto value = std::make_shared<Value>();
    value->source = source;
    value->line = from.Mark().line >= 0 ? from.Mark().line + 1 : line;
    value->column = from.Mark().column >= 0 ? from.Mark().column + 1 : column;
    if (depth > 32)
      throw source->error(value->line, value->column, "nested deeper than 32 levels", "flatten this part");
    if (from.IsScalar()) {
      value->shape = Value::Shape::Scalar;
      value->scalar = from.Scalar();
      value->quoted = from.Tag() == "!";
    } else if (from.IsSequence()) {
      value->shape = Value::Shape::List;
      for (const YAML::Node& item : from)
        value->list.push_back(build(item, depth + 1, value->line, value->column));
    } else if (from.IsMap()) {
      value->shape = Value::Shape::Map;
      for (const auto& entry : from) add_entry(*value, entry.first, entry.second, depth);
    }
    return Node{std::move(value)};
  }

  void add_entry(Value& map, const YAML::Node& key, const YAML::Node& content, int depth) const {
    const int line = key.Mark().line + 1, column = key.Mark().column + 1;
    if (!key.IsScalar())
      throw source->error(line, column, "a key must be a plain word", "write 'name: value'");
    const std::string name = key.Scalar();
    for (const auto& [known, node] : map.map) {
      if (known == name) {
        throw source->error(line, column, fmt::format("key '{}' stands here twice", name),
                            "keep one of the two (YAML would silently take one of them)");
      }
    }
    map.map.emplace_back(name, build(content, depth + 1, line, column));
    map.key_places.emplace_back(line, column);
  }
};

Node Node::read_file(const std::filesystem::path& file, ErrorKind kind) {
  std::ifstream in{file, std::ios::binary};
  if (!in || std::filesystem::is_directory(file)) {
    throw Error(kind, "the file cannot be read", file.string(),
                "check the path and that the file is readable");
  }
  std::ostringstream text;
  text << in.rdbuf();
  return read_text(text.str(), file.string(), kind);
}

Node Node::read_text(std::string text, std::string name, ErrorKind kind) {
  if (text.find('\0') != std::string::npos)
    throw Error(kind, "this is no text file: it holds bytes of zero", name,
                "give a YAML file saved as UTF-8");
  auto source = std::make_shared<Source>(Source{std::move(name), std::move(text), kind});
  const Builder builder{source};
  try {
    return builder.build(YAML::Load(source->text), 0, 1, 1);
  } catch (const YAML::Exception& e) {
    const int line = e.mark.is_null() ? 1 : e.mark.line + 1,
              column = e.mark.is_null() ? 1 : e.mark.column + 1;
    throw source->error(line, column, fmt::format("this is not YAML: {}", e.msg),
                        "check indentation, colons, brackets and quotes around here");
  }
}

bool Node::is_null() const { return value_->shape == Value::Shape::Null; }
bool Node::is_map() const { return value_->shape == Value::Shape::Map; }
bool Node::is_list() const { return value_->shape == Value::Shape::List; }
bool Node::is_scalar() const { return value_->shape == Value::Shape::Scalar; }

const std::vector<std::pair<std::string, Node>>& Node::entries() const {
  if (!is_map())
    throw error("'key: value' lines are expected here", "write one 'key: value' a line, or {key: value, …}");
  return value_->map;
}

const std::vector<Node>& Node::items() const {
  if (!is_list()) throw error("a list is expected here", "write [a, b] or lines that begin with '- '");
  return value_->list;
}

std::vector<Node> Node::items_or_one() const {
  if (is_null()) return {};
  if (is_list()) return value_->list;
  return {*this};
}

std::optional<Node> Node::find(std::string_view key) const {
  for (const auto& [name, node] : entries()) {
    if (name == key) return node;
  }
  return std::nullopt;
}

Node Node::at(std::string_view key) const {
  if (auto node = find(key)) return *node;
  throw error(fmt::format("key '{}' is missing", key), fmt::format("add '{}: …' here", key));
}

void Node::only(std::span<const std::string> known) const {
  for (const auto& [name, node] : entries()) {
    if (std::ranges::find(known, name) == known.end()) {
      throw error_at_key(name, fmt::format("unknown key '{}'", name), suggest(name, known));
    }
  }
}

void Node::only(std::initializer_list<const char*> known) const {
  const std::vector<std::string> names{known.begin(), known.end()};
  only(std::span<const std::string>{names});
}

std::string Node::text() const {
  if (!is_scalar()) throw error("a single value is expected here");
  return value_->scalar;
}

std::int64_t Node::integer() const {
  const auto value = parse_integer(text());
  if (!value || value_->quoted)
    throw error(fmt::format("'{}' is not a whole number", text()), "write digits, without quotes");
  return *value;
}

double Node::number() const {
  const std::string as_written = text();
  if (as_written == "inf" || as_written == ".inf") return std::numeric_limits<double>::infinity();
  const auto value = parse_double(as_written);
  if (!value || value_->quoted)
    throw error(fmt::format("'{}' is not a number", as_written), "write digits with '.', without quotes");
  return *value;
}

bool Node::flag() const {
  const std::string as_written = text();
  if (as_written == "true" || as_written == "yes") return true;
  if (as_written == "false" || as_written == "no") return false;
  throw error(fmt::format("'{}' is neither true nor false", as_written), "write true or false");
}

std::int64_t Node::integer_between(std::int64_t least, std::int64_t most) const {
  const std::int64_t value = integer();
  if (value < least || value > most) {
    throw error(fmt::format("{} is out of range", value),
                fmt::format("give a whole number from {} to {}", least, most));
  }
  return value;
}

double Node::number_between(double least, double most) const {
  const double value = number();
  if (!(value >= least && value <= most)) {
    throw error(fmt::format("{} is out of range", format_number(value)),
                fmt::format("give a number from {} to {}", format_number(least), format_number(most)));
  }
  return value;
}

std::size_t Node::one_of(std::span<const std::string> known, std::string_view what) const {
  const std::string name = text();
  const auto found = std::ranges::find(known, name);
  if (found == known.end())
    throw error(fmt::format("no {} is called '{}'", what, name), suggest(name, known));
  return static_cast<std::size_t>(found - known.begin());
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> out;
  for (const Node& item : items_or_one()) out.push_back(item.text());
  return out;
}

std::vector<std::int64_t> Node::integers() const {
  std::vector<std::int64_t> out;
  for (const Node& item : items_or_one()) out.push_back(item.integer());
  return out;
}

std::string Node::canonical() const {
  const auto quoted = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    return out + '"';
  };
  if (is_null()) return "null";
  if (is_scalar()) return quoted(value_->scalar);
  std::string out;
  if (is_list()) {
    for (const Node& item : value_->list) out += (out.empty() ? "" : ",") + item.canonical();
    return "[" + out + "]";
  }
  auto sorted = value_->map;
  std::ranges::sort(sorted, {}, [](const auto& entry) { return entry.first; });
  for (const auto& [name, node] : sorted)
    out += (out.empty() ? "" : ",") + quoted(name) + ":" + node.canonical();
  return "{" + out + "}";
}

std::string Node::where() const {
  return fmt::format("{}:{}:{}", value_->source->name, value_->line, value_->column);
}
int Node::line() const { return value_->line; }

Error Node::error(std::string problem, std::string mend) const {
  return value_->source->error(value_->line, value_->column, std::move(problem), std::move(mend));
}

Error Node::error_at_key(std::string_view key, std::string problem, std::string mend) const {
  for (std::size_t i = 0; i < value_->map.size(); ++i) {
    if (value_->map[i].first == key) {
      const auto [line, column] = value_->key_places[i];
      return value_->source->error(line, column, std::move(problem), std::move(mend));
    }
  }
  return error(std::move(problem), std::move(mend));
}

}  // namespace kohort
