// The schema as YAML text again: complete, in the order of the store, read back as the same schema.

#include <fmt/format.h>

#include "base/text.hpp"
#include "registers/policy.hpp"
#include "registers/schema.hpp"

namespace kohort {
namespace {

std::string yaml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string yaml_texts(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) parts.push_back(yaml_text(text));
  return "[" + join(parts, ", ") + "]";
}

std::string yaml_code(const Code& code) {
  std::string out = "{code: " + yaml_text(code.code);
  if (!code.label.empty()) out += ", label: " + yaml_text(code.label);
  if (code.valid_from) out += ", from: " + format_date(*code.valid_from);
  if (code.valid_to) out += ", to: " + format_date(*code.valid_to);
  return out + "}";
}

std::string yaml_bound(double bound, CellType type) {
  return type == CellType::Date ? format_date(static_cast<std::int32_t>(bound)) : format_number(bound);
}

/// "key: value" pairs of one flow map, without those that are empty.
class FlowMap {
 public:
  void add(std::string_view key, const std::string& value) {
    parts_.push_back(fmt::format("{}: {}", key, value));
  }
  void add_text(std::string_view key, const std::string& text) {
    if (!text.empty()) add(key, yaml_text(text));
  }
  std::string take() const { return "{" + join(parts_, ", ") + "}"; }

 private:
  std::vector<std::string> parts_;
};

std::string yaml_column(const SchemaColumn& column) {
  FlowMap map;
  map.add("type", std::string{name_of(column.type)});
  map.add_text("meaning", column.meaning);
  if (column.text_id) map.add("text", "true");
  map.add_text("links", column.links);
  map.add_text("from", column.from);
  if (!column.derive_from.empty())
    map.add("derive",
            fmt::format("{{from: {}, first: {}}}", yaml_text(column.derive_from), column.derive_first));
  map.add_text("known_at", column.known_at);
  if (column.parent_digits > 0) map.add("parent_digits", std::to_string(column.parent_digits));
  if (column.least)
    map.add("range", fmt::format("[{}, {}]", yaml_bound(*column.least, column.type),
                                 yaml_bound(*column.most, column.type)));
  if (!column.missing.empty()) map.add("missing", yaml_texts(column.missing));
  if (!column.codes.empty()) {
    std::vector<std::string> codes;
    for (const Code& code : column.codes) codes.push_back(yaml_code(code));
    map.add("codes", "[" + join(codes, ", ") + "]");
  }
  return map.take();
}

std::string yaml_source(const RawSource& source) {
  FlowMap map;
  map.add("file", yaml_text(source.file));
  map.add("delimiter", source.delimiter == '\t' ? "tab" : yaml_text(std::string(1, source.delimiter)));
  map.add("encoding", source.encoding);
  map.add("decimal", yaml_text(std::string(1, source.decimal)));
  if (!source.join_file.empty())
    map.add("join",
            fmt::format("{{file: {}, on: {}}}", yaml_text(source.join_file), yaml_text(source.join_on)));
  return map.take();
}

std::string yaml_policy(const ImportPolicy& policy) {
  FlowMap map;
  for (const PolicyEntry& entry : kPolicies)
    map.add(entry.name, std::string{name_of(policy.*entry.treatment)});
  return map.take();
}

std::string yaml_register(const RegisterSchema& reg) {
  std::string out = fmt::format("  {}:\n", reg.name);
  const auto line = [&](std::string_view key, const std::string& value) {
    out += fmt::format("    {}: {}\n", key, value);
  };
  const auto text_line = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) line(key, yaml_text(value));
  };
  text_line("meaning", reg.meaning);
  text_line("unit", reg.unit);
  if (!reg.key.empty()) line("key", yaml_texts(reg.key));
  line("temporality", std::string{name_of(reg.temporality)});
  text_line("event_date", reg.event_date);
  text_line("known_at", reg.known_at);
  text_line("start", reg.start);
  text_line("end", reg.end);
  text_line("year", reg.year);
  if (reg.delivery_lag > 0) line("delivery_lag", std::to_string(reg.delivery_lag));
  if (!reg.source.file.empty()) line("source", yaml_source(reg.source));
  if (reg.policy != ImportPolicy{}) line("policy", yaml_policy(reg.policy));
  out += "    columns:\n";
  for (const SchemaColumn& column : reg.columns)
    out += fmt::format("      {}: {}\n", column.name, yaml_column(column));
  return out;
}

}  // namespace

std::string write_schema(const Schema& schema) {
  std::string out = "registers:\n";
  for (const RegisterSchema& reg : schema.registers) out += yaml_register(reg);
  return out;
}

}  // namespace kohort
