#include "roles/command_line.h"

#include <CLI/CLI.hpp>

#include <deque>
#include <functional>
#include <map>

#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "base/yaml.h"
#include "runtime/files.h"

namespace varve {
namespace {

// "a,b" as CLI11 wants it: "--a,--b"; one letter is a short flag.
std::string DashedNames(std::string_view names) {
  std::string out;
  while (!names.empty()) {
    const size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    if (!out.empty()) out += ',';
    out += name.size() == 1 ? "-" : "--";
    out += name;
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  return out;
}

std::string FirstName(std::string_view names) { return std::string(names.substr(0, names.find(','))); }

// Thanks to this a parser of ours can answer a Status and CLI11 shows its message.
template <typename Parser, typename Target>
CLI::callback_t Into(Parser parser, Target& out, std::string name) {
  return [parser, &out, name](const CLI::results_t& results) {
    auto value = parser(results.back());
    if (!value.ok()) throw CLI::ValidationError("--" + name, std::string(Message(value.status())));
    out = *std::move(value);
    return true;
  };
}

}  // namespace

struct CommandLine::Impl {
  struct Known {
    std::string advice;
    bool refused;
    bool seen = false;
  };
  struct RefusedValue {
    std::string name, value, advice;
  };
  struct PairFlag {  // --NAME-file and --NAME
    std::string name, path, content;
    std::string *out, *path_out;
  };

  explicit Impl(const std::string& summary) : app(summary) {}

  CLI::Option* Finish(CLI::Option* option, std::string_view names, std::string shown_default,
                      std::function<std::string()> value) {
    if (!shown_default.empty()) option->default_str(std::move(shown_default));
    if (hidden) option->group("");
    values.emplace_back(FirstName(names), std::move(value));
    return option;
  }

  absl::StatusOr<std::vector<std::string>> ExpandFiles(const std::vector<std::string>& arguments);
  absl::Status CheckKnown(const std::vector<std::string>& arguments);
  absl::Status ReadPairs();

  CLI::App app;
  bool hidden = false;
  std::map<std::string, Known, std::less<>> known;  // refused and ignored flags
  std::vector<RefusedValue> refused_values;
  std::deque<PairFlag> pairs;  // stable addresses
  std::vector<std::pair<std::string, std::function<std::string()>>> values;
  std::vector<std::string> warnings;
};

CommandLine::CommandLine(std::string command, std::string summary) : impl_(std::make_unique<Impl>(summary)) {
  impl_->app.name("varve " + command);
  impl_->app.get_formatter()->column_width(46);
}

CommandLine::~CommandLine() = default;

void CommandLine::Text(std::string_view names, std::string& out, std::string_view help) {
  impl_->Finish(impl_->app.add_option(DashedNames(names), out, std::string(help)), names, out, [&out] { return out; });
}

void CommandLine::Integer(std::string_view names, int64_t& out, std::string_view help) {
  impl_->Finish(impl_->app.add_option(DashedNames(names), out, std::string(help)), names, std::to_string(out),
                [&out] { return std::to_string(out); });
}

void CommandLine::Real(std::string_view names, double& out, std::string_view help) {
  impl_->Finish(impl_->app.add_option(DashedNames(names), out, std::string(help)), names, fmt::format("{}", out),
                [&out] { return fmt::format("{}", out); });
}

void CommandLine::Switch(std::string_view names, bool& out, std::string_view help) {
  std::string spelled = DashedNames(names) + ",!--no-" + FirstName(names);
  impl_->Finish(impl_->app.add_flag(spelled, out, std::string(help)), names, out ? "true" : "",
                [&out] { return std::string(out ? "true" : "false"); });
}

void CommandLine::List(std::string_view names, std::vector<std::string>& out, std::string_view help) {
  CLI::Option* option = impl_->app.add_option(DashedNames(names), out, std::string(help) + " May be repeated.");
  option->allow_extra_args(false);  // one value an occurrence, as kingpin has it
  option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  impl_->Finish(option, names, fmt::format("{}", fmt::join(out, ",")), [&out] { return fmt::format("{}", fmt::join(out, ",")); });
}

void CommandLine::DurationMs(std::string_view names, int64_t& out, std::string_view help) {
  CLI::Option* option =
      impl_->app.add_option(DashedNames(names), Into(ParseDurationMs, out, FirstName(names)), std::string(help));
  impl_->Finish(option->type_name("DURATION"), names, FormatPrometheusDuration(out),
                [&out] { return FormatPrometheusDuration(out); });
}

void CommandLine::SizeBytes(std::string_view names, uint64_t& out, std::string_view help) {
  CLI::Option* option = impl_->app.add_option(DashedNames(names), Into(ParseSizeBytes, out, FirstName(names)), std::string(help));
  impl_->Finish(option->type_name("SIZE"), names, std::to_string(out), [&out] { return std::to_string(out); });
}

void CommandLine::Time(std::string_view names, TimeFlag& out, std::string_view help) {
  CLI::Option* option =
      impl_->app.add_option(DashedNames(names), Into(TimeFlag::Parse, out, FirstName(names)), std::string(help));
  impl_->Finish(option->type_name("TIME"), names, out.ToString(), [&out] { return out.ToString(); });
}

void CommandLine::Choice(std::string_view names, std::string& out, std::initializer_list<std::string_view> choices,
                         std::string_view help) {
  const std::vector<std::string> allowed(choices.begin(), choices.end());
  CLI::Option* option = impl_->app.add_option(DashedNames(names), out, std::string(help));
  option->check(CLI::IsMember(allowed));
  impl_->Finish(option, names, out, [&out] { return out; });
}

void CommandLine::PathOrContent(std::string_view name, std::string& out, std::string_view help, std::string* path) {
  Impl::PairFlag& pair = impl_->pairs.emplace_back();
  pair.name = name;
  pair.out = &out;
  pair.path_out = path;
  const auto redacted = [&out] { return std::string(out.empty() ? "" : "<REDACTED>"); };
  impl_->Finish(impl_->app.add_option("--" + pair.name + "-file", pair.path, std::string(help) + " Path of a YAML file.")
                    ->type_name("PATH"),
                pair.name + "-file", "", [&pair] { return pair.path; });
  impl_->Finish(impl_->app.add_option("--" + pair.name, pair.content, "The same, as the YAML text itself.")->type_name("CONTENT"),
                name, "", redacted);
}

void CommandLine::HideFollowing(bool hide) { impl_->hidden = hide; }

void CommandLine::Refuse(std::initializer_list<std::string_view> names, std::string_view advice) {
  for (const std::string_view name : names) impl_->known[std::string(name)] = {std::string(advice), true};
}

void CommandLine::RefuseValue(std::string_view name, std::string_view value, std::string_view advice) {
  impl_->refused_values.push_back({std::string(name), std::string(value), std::string(advice)});
}

void CommandLine::Ignore(std::initializer_list<std::string_view> names, std::string_view reason) {
  for (const std::string_view name : names) impl_->known[std::string(name)] = {std::string(reason), false};
}

absl::StatusOr<std::vector<std::string>> CommandLine::Impl::ExpandFiles(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  for (const std::string& argument : arguments) {
    if (argument.size() < 2 || argument[0] != '@') {
      out.push_back(argument);
      continue;
    }
    VARVE_ASSIGN_OR_RETURN(const std::string text, RealFiles().ReadAll(argument.substr(1)));
    size_t at = 0;
    while (at < text.size()) {
      const size_t end = std::min(text.find('\n', at), text.size());
      if (const std::string line = text.substr(at, end - at); !line.empty() && line[0] != '#') out.push_back(line);
      at = end + 1;
    }
  }
  return out;
}

// Takes the flags out of the way that we know of and do not have. They may come as --name, --name=value or --name value.
absl::Status CommandLine::Impl::CheckKnown(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (!argument.starts_with("--")) continue;
    const size_t equals = argument.find('=');
    const std::string_view name = argument.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    const std::string_view value = equals != std::string_view::npos ? argument.substr(equals + 1)
                                   : i + 1 < arguments.size()       ? std::string_view(arguments[i + 1])
                                                                    : std::string_view();
    for (const RefusedValue& refused : refused_values) {
      if (refused.name == name && refused.value == value) {
        return InvalidArgument("--{}={} is not available in this version: {}", name, value, refused.advice);
      }
    }
    auto it = known.find(name);
    if (it == known.end() && name.starts_with("no-")) it = known.find(name.substr(3));
    if (it == known.end()) continue;
    if (it->second.refused)
      return InvalidArgument("flag --{} is not available in this version: {}", it->first, it->second.advice);
    if (!std::exchange(it->second.seen, true))
      warnings.push_back(fmt::format("flag --{} has no effect: {}", it->first, it->second.advice));
  }
  return absl::OkStatus();
}

absl::Status CommandLine::Impl::ReadPairs() {
  for (PairFlag& pair : pairs) {
    if (!pair.path.empty() && !pair.content.empty()) {
      return InvalidArgument("both --{0}-file and --{0} are given; give one", pair.name);
    }
    if (!pair.path.empty()) {
      absl::StatusOr<std::string> content = RealFiles().ReadAll(pair.path);
      if (!content.ok()) return InvalidArgument("--{}-file: {}", pair.name, Message(content.status()));
      *pair.out = *std::move(content);
      if (pair.path_out != nullptr) *pair.path_out = pair.path;
    } else if (!pair.content.empty()) {
      *pair.out = pair.content;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CommandLine::Parse(std::vector<std::string> arguments) {
  VARVE_ASSIGN_OR_RETURN(arguments, impl_->ExpandFiles(arguments));
  VARVE_RETURN_IF_ERROR(impl_->CheckKnown(arguments));
  std::deque<std::string> ignored;
  for (const auto& [name, flag] : impl_->known) {
    if (flag.refused) continue;
    // Taken with or without a value, as a switch or as an option, any number of times.
    impl_->app.add_option("--" + name + ",--no-" + name, ignored.emplace_back(), flag.advice)
        ->expected(0, 1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->group("Taken from Thanos' command lines, without effect");
  }
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
  try {
    impl_->app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    std::fputs(impl_->app.help().c_str(), stdout);
    return false;
  } catch (const CLI::ParseError& error) {
    return InvalidArgument("{}", error.what());
  }
  VARVE_RETURN_IF_ERROR(impl_->ReadPairs());
  return true;
}

const std::vector<std::string>& CommandLine::warnings() const { return impl_->warnings; }

std::vector<std::pair<std::string, std::string>> CommandLine::Values() const {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [name, value] : impl_->values) values.emplace_back(name, value());
  return values;
}

}  // namespace varve
