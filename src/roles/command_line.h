// The flags of one subcommand, in the grammar Thanos' users know (kingpin's), each bound to a field of a config struct.
//
//   StoreConfig config;
//   CommandLine flags("store", "Serves the blocks of a bucket over the StoreAPI.");
//   flags.Text("data-dir", config.data_dir, "Local directory for index headers and cached metas.");
//   flags.DurationMs("sync-block-duration", config.sync_interval_ms, "How often the bucket is listed.");
//   VARVE_ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
//
// Shape    --flag=value or --flag value; booleans are --flag and --no-flag; list flags may be given many times; @file stands
//          for the lines of a file. The field's value before Parse is the default that --help shows.
// Errors   InvalidArgument with the flag and what it wants. A flag that Thanos has and we do not is refused by name with what
//          to do instead, never ignored.
// Source   thanos cmd/thanos, pkg/extkingpin.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roles/time_flag.h"

namespace varve {

class CommandLine {
 public:
  CommandLine(std::string command, std::string summary);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // A name may carry other spellings: "store,endpoint". The first is the one shown.
  void Text(std::string_view names, std::string& out, std::string_view help);
  void Integer(std::string_view names, int64_t& out, std::string_view help);
  void Real(std::string_view names, double& out, std::string_view help);
  void Switch(std::string_view names, bool& out, std::string_view help);
  void List(std::string_view names, std::vector<std::string>& out, std::string_view help);
  void DurationMs(std::string_view names, int64_t& out, std::string_view help);
  void SizeBytes(std::string_view names, uint64_t& out, std::string_view help);
  void Time(std::string_view names, TimeFlag& out, std::string_view help);
  void Choice(std::string_view names, std::string& out, std::initializer_list<std::string_view> choices, std::string_view help);
  // The pair --NAME-file=<path> and --NAME=<content>; giving both is an error. `out` receives the content, and `path`, if asked
  // for, the path, for files that are read again.
  void PathOrContent(std::string_view name, std::string& out, std::string_view help, std::string* path = nullptr);

  // Hides the flags declared from here on from --help (they still work).
  void HideFollowing(bool hide = true);
  // Flags of Thanos that this version cannot honour. `advice` says what to do; it ends the start.
  void Refuse(std::initializer_list<std::string_view> names, std::string_view advice);
  // The same for one value of a flag that has others.
  void RefuseValue(std::string_view name, std::string_view value, std::string_view advice);
  // Flags that steer something Varve does not have (a Go memory pool, say): taken, with one line of warning and no effect.
  // --help shows them with the reason.
  void Ignore(std::initializer_list<std::string_view> names, std::string_view reason);

  // False when --help was asked for and printed.
  absl::StatusOr<bool> Parse(std::vector<std::string> arguments);
  // What Parse wants the user to know: ignored flags with their reasons.
  const std::vector<std::string>& warnings() const;
  // Every flag with its value as text, for /api/v1/status/flags; call after Parse. Contents of configs are <REDACTED>.
  std::vector<std::pair<std::string, std::string>> Values() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace varve
