#include "roles/tools/tools_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "roles/tools/bucket_commands.h"
#include "roles/tools/lifecycle/lifecycle_command.h"

namespace varve {
namespace {

struct BucketCommand {
  std::string_view name, summary;
  int (*run)(std::vector<std::string> arguments);
};

constexpr BucketCommand kBucketCommands[] = {
    {"ls", "Lists the blocks of a bucket.", RunBucketLs},
    {"inspect", "Shows the blocks of a bucket as a table.", RunBucketInspect},
    {"verify", "Reads blocks to the end and says what is wrong with them.", RunBucketVerify},
    {"mark", "Marks blocks, or takes marks away.", RunBucketMark},
    {"cleanup", "Deletes blocks marked long enough ago, and uploads that were broken off.", RunBucketCleanup},
    {"retention", "Marks blocks past their retention for deletion, once.", RunBucketRetention},
    {"downsample", "Downsamples the blocks that are due.", RunBucketDownsample},
    {"replicate", "Copies blocks into another bucket.", RunBucketReplicate},
    {"rewrite", "Makes new blocks of blocks, with series deleted or relabelled.", RunBucketRewrite},
    {"upload-blocks", "Uploads the blocks of a local directory.", RunBucketUploadBlocks},
    {"web", "Shows the blocks over time, as a page.", RunBucketWeb},
};

void PrintHelp(std::FILE* out) {
  fmt::print(out, "usage: varve tools bucket <command> [<flags> ...]\n\n");
  for (const BucketCommand& command : kBucketCommands) fmt::print(out, "  {:<13} {}\n", command.name, command.summary);
}

// Flags may come before the commands: what is no flag, nor the value of one, names them.
bool TakeWord(std::vector<std::string>& arguments, std::string& word) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("-")) {
      if (arguments[i].find('=') == std::string::npos) return false;
      continue;
    }
    word = arguments[i];
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

}  // namespace

int RunTools(std::string_view, std::string_view, std::vector<std::string> arguments) {
  std::string group, name;
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) return PrintHelp(stdout), 0;
  if (!TakeWord(arguments, group) || (group != "bucket" && group != "lifecycle")) {
    fmt::print(stderr, "varve tools: error: expected command bucket or lifecycle but got '{}', try --help\n", group);
    return 2;
  }
  if (group == "lifecycle") return RunLifecycle(std::move(arguments));
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) return PrintHelp(stdout), 0;
  if (!TakeWord(arguments, name)) return PrintHelp(stderr), 2;
  for (const BucketCommand& command : kBucketCommands) {
    if (command.name == name) return command.run(std::move(arguments));
  }
  fmt::print(stderr, "varve tools bucket: error: expected command but got '{}', try --help\n", name);
  return 2;
}

}  // namespace varve
