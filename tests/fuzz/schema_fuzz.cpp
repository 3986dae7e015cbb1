// Any text is a schema or an Error of the study; a schema is read back from what it writes.

#include <cstdlib>

#include "registers/schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kohort;
  const std::string text{reinterpret_cast<const char*>(data), size};
  std::optional<Schema> schema;
  try {
    schema = parse_schema(Node::read_text(text, "schema.yaml"));
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Study) std::abort();
    return 0;
  }
  const Schema again = parse_schema(Node::read_text(write_schema(*schema), "again.yaml"));
  if (again.registers != schema->registers) std::abort();
  return 0;
}
