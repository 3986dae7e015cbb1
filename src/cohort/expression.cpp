#include "cohort/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/text.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

enum class TokenKind { Word, Number, Text, Date, Sign, End };
struct Token {
  TokenKind kind;
  std::string text;  // without quotes
  std::size_t at;    // 0-based character of the condition
};

/// What can be compared with what.
enum class Class { Number, Text, Date, Flag, Id };

Class class_of(CellType type) {
  switch (type) {
    case CellType::Id:
      return Class::Id;
    case CellType::Date:
      return Class::Date;
    case CellType::Year:
    case CellType::Count:
    case CellType::Number:
      return Class::Number;
    case CellType::Flag:
      return Class::Flag;
    case CellType::Category:
    case CellType::Code:
    case CellType::Text:
      return Class::Text;
  }
  return Class::Text;
}

std::string_view class_name(Class c) {
  constexpr std::string_view kNames[] = {"number", "text", "date", "flag", "id"};
  return kNames[static_cast<std::size_t>(c)];
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(const Node& node, std::span<const ExpressionName> names)
      : node_(node), names_(names), text_(node.text()) {
    read_tokens();
  }

  std::string parse() {
    const std::string sql = either();
    if (peek().kind != TokenKind::End) throw unexpected("'and', 'or' or the end");
    return sql;
  }

 private:
  struct Operand {
    const ExpressionName* name = nullptr;  // nothing: a constant
    Token token;
  };

  Error wrong(std::size_t at, const std::string& problem, const std::string& mend = {}) const {
    return node_.error(fmt::format("{} (character {} of the condition)", problem, at + 1), mend);
  }
  Error unexpected(std::string_view wanted) const {
    const Token& token = peek();
    const std::string found = token.kind == TokenKind::End ? "the end" : "'" + token.text + "'";
    return wrong(token.at, fmt::format("expected {}, found {}", wanted, found),
                 "for example: age between 15 and 84 and sex = '2'");
  }

  void read_tokens() {
    std::size_t i = 0;
    while (i < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[i]))) {
        ++i;
        continue;
      }
      tokens_.push_back(read_token(i));
    }
    tokens_.push_back({TokenKind::End, "", text_.size()});
  }

  Token read_token(std::size_t& i) const {
    const std::size_t start = i;
    const char c = text_[i];
    if (c == '\'' || c == '"') return read_quoted(i);
    if (is_digit(c) || ((c == '-' || c == '.') && i + 1 < text_.size() && is_digit(text_[i + 1]))) {
      if (parse_date(std::string_view{text_}.substr(i, 10)) &&
          (i + 10 == text_.size() || !is_word(text_[i + 10]))) {
        i += 10;
        return {TokenKind::Date, text_.substr(start, 10), start};
      }
      for (++i; i < text_.size() && (is_word(text_[i]) || text_[i] == '.');) ++i;
      const std::string number = text_.substr(start, i - start);
      if (!parse_double(number)) throw wrong(start, "'" + number + "' is no number", "put texts in quotes");
      return {TokenKind::Number, number, start};
    }
    if (is_word(c)) {
      while (i < text_.size() && is_word(text_[i])) ++i;
      return {TokenKind::Word, text_.substr(start, i - start), start};
    }
    for (const std::string_view sign : {"<=", ">=", "!=", "<>", "==", "=", "<", ">", "(", ")", ","})
      if (std::string_view{text_}.substr(i, sign.size()) == sign) {
        i += sign.size();
        return {TokenKind::Sign, std::string{sign}, start};
      }
    throw wrong(start, fmt::format("'{}' has no meaning in a condition", c),
                "use comparisons joined by and, or, not");
  }

  Token read_quoted(std::size_t& i) const {
    const std::size_t start = i;
    const std::size_t end = text_.find(text_[i], i + 1);
    if (end == std::string::npos) throw wrong(start, "this text has no closing quote", "close the quote");
    i = end + 1;
    return {TokenKind::Text, text_.substr(start + 1, end - start - 1), start};
  }

  const Token& peek() const { return tokens_[place_]; }
  Token take() { return tokens_[place_ < tokens_.size() - 1 ? place_++ : place_]; }
  bool accept(TokenKind kind, std::string_view text) {
    const bool same =
        peek().kind == kind && (kind == TokenKind::Word ? lower(peek().text) : peek().text) == text;
    if (same) ++place_;
    return same;
  }
  bool accept_word(std::string_view word) { return accept(TokenKind::Word, word); }
  void need(TokenKind kind, std::string_view text) {
    if (!accept(kind, text)) throw unexpected(fmt::format("'{}'", text));
  }

  std::string either() {
    std::string sql = both();
    while (accept_word("or")) sql = "(" + sql + " OR " + both() + ")";
    return sql;
  }
  std::string both() {
    std::string sql = negated();
    while (accept_word("and")) sql = "(" + sql + " AND " + negated() + ")";
    return sql;
  }
  std::string negated() {
    if (++depth_ > 64) throw wrong(peek().at, "this condition is nested too deeply", "split it in several");
    std::string sql;
    if (accept_word("not")) {
      sql = "(NOT " + negated() + ")";
    } else if (accept(TokenKind::Sign, "(")) {
      sql = either();
      need(TokenKind::Sign, ")");
    } else {
      sql = comparison();
    }
    --depth_;
    return sql;
  }

  std::string comparison() {
    const Operand left = operand();
    if (accept_word("is")) {
      const bool negative = accept_word("not");
      need(TokenKind::Word, "missing");
      return fmt::format("({} IS {}NULL)", sql_of(left, nullptr), negative ? "NOT " : "");
    }
    const bool negative = accept_word("not");
    if (accept_word("between")) return between(left, negative);
    if (accept_word("in")) return in_list(left, negative);
    if (negative) throw unexpected("'between' or 'in'");
    for (const std::string_view sign : {"=", "==", "!=", "<>", "<", "<=", ">", ">="})
      if (accept(TokenKind::Sign, sign)) return compared(left, sign == "==" ? "=" : sign, operand());
    if (left.name && class_of(left.name->type) == Class::Flag) return "(" + left.name->sql + ")";
    throw unexpected("a comparison such as =, <, between or in");
  }

  std::string between(const Operand& left, bool negative) {
    const Operand least = operand();
    need(TokenKind::Word, "and");
    const Operand most = operand();
    check_pair(left, least);
    check_pair(left, most);
    return fmt::format("({} {}BETWEEN {} AND {})", sql_of(left, nullptr), negative ? "NOT " : "",
                       sql_of(least, left.name), sql_of(most, left.name));
  }

  std::string in_list(const Operand& left, bool negative) {
    need(TokenKind::Sign, "(");
    std::vector<std::string> items;
    do {
      const Operand item = operand();
      check_pair(left, item);
      items.push_back(sql_of(item, left.name));
    } while (accept(TokenKind::Sign, ","));
    need(TokenKind::Sign, ")");
    return fmt::format("({} {}IN ({}))", sql_of(left, nullptr), negative ? "NOT " : "", join(items, ", "));
  }

  std::string compared(const Operand& left, std::string_view sign, const Operand& right) {
    const bool turned = !left.name && right.name;
    check_pair(turned ? right : left, turned ? left : right);
    return fmt::format("({} {} {})", sql_of(left, right.name), sign, sql_of(right, left.name));
  }

  Operand operand() {
    const Token token = peek();
    if (token.kind == TokenKind::End || token.kind == TokenKind::Sign)
      throw unexpected("a column or a constant");
    ++place_;
    if (token.kind != TokenKind::Word) return {nullptr, token};
    if (lower(token.text) == "true" || lower(token.text) == "false") return {nullptr, token};
    for (const ExpressionName& name : names_)
      if (name.name == token.text) return {&name, token};
    std::vector<std::string> known;
    for (const ExpressionName& name : names_) known.push_back(name.name);
    throw wrong(token.at, fmt::format("there is no column '{}' to compare", token.text),
                suggest(token.text, known));
  }

  static Class constant_class(const Token& token) {
    if (token.kind == TokenKind::Number) return Class::Number;
    if (token.kind == TokenKind::Date) return Class::Date;
    return token.kind == TokenKind::Word ? Class::Flag : Class::Text;
  }

  /// Throws when `right` cannot be compared with `left`; codes may be written as numbers.
  void check_pair(const Operand& left, const Operand& right) const {
    if (!left.name) throw wrong(left.token.at, "a comparison needs a column", "name a column on its left");
    const Class is = class_of(left.name->type);
    if (is == Class::Id)
      throw wrong(left.token.at, "ids cannot be compared in a condition", "compare attributes");
    const Class other = right.name ? class_of(right.name->type) : constant_class(right.token);
    const bool number_as_code = is == Class::Text && other == Class::Number && !right.name;
    if (other != is && !number_as_code)
      throw wrong(
          right.token.at,
          fmt::format("column '{}' is a {} and cannot be compared with a {}", left.name->name, class_name(is),
                      class_name(other)),
          is == Class::Text ? "put the text in quotes" : "compare it with a " + std::string{class_name(is)});
    const auto& codes = left.name->codes;
    if (right.name || codes.empty() || std::ranges::find(codes, right.token.text) != codes.end()) return;
    throw wrong(right.token.at,
                fmt::format("column '{}' has no code '{}'", left.name->name, right.token.text),
                suggest(right.token.text, codes));
  }

  static std::string sql_of(const Operand& operand, const ExpressionName* beside) {
    if (operand.name) return operand.name->sql;
    const Token& token = operand.token;
    if (token.kind == TokenKind::Text) return sql_text(token.text);
    if (token.kind == TokenKind::Date) return "DATE '" + token.text + "'";
    if (token.kind == TokenKind::Number && beside && class_of(beside->type) == Class::Text)
      return sql_text(token.text);
    return token.text;
  }

  const Node& node_;
  std::span<const ExpressionName> names_;
  std::string text_;
  std::vector<Token> tokens_;
  std::size_t place_ = 0;
  int depth_ = 0;
};

}  // namespace

std::vector<ExpressionName> names_of(const RegisterSchema& reg) {
  std::vector<ExpressionName> names;
  for (const SchemaColumn& column : reg.columns) {
    ExpressionName name{column.name, sql_name(column.name), column.type, {}};
    for (const Code& code : column.codes) name.codes.push_back(code.code);
    names.push_back(std::move(name));
  }
  return names;
}

std::string parse_expression(const Node& node, std::span<const ExpressionName> names) {
  return Parser{node, names}.parse();
}

}  // namespace kohort
