#include "report/bundle.hpp"

extern "C" {
extern const char kohort_script[], kohort_script_end[], kohort_style[], kohort_style_end[];
}

namespace kohort {

std::string_view bundle_script() { return {kohort_script, kohort_script_end}; }
std::string_view bundle_style() { return {kohort_style, kohort_style_end}; }

}  // namespace kohort
