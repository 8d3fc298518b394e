// Credentials that lie on this machine: environment variables, the shared credentials file.
#include <map>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/s3/credentials_sources.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr TimestampMs kFileKeptMs = 10 * 60'000;

using Found = std::optional<AwsCredentials>;

// The first of `names` that is set and not empty.
struct Variable {
  std::string name, value;
};
std::optional<Variable> FirstSet(const EnvLookup& env, std::initializer_list<std::string> names) {
  for (const std::string& name : names) {
    const std::optional<std::string> value = env(name);
    if (value.has_value() && !value->empty()) return Variable{name, *value};
  }
  return std::nullopt;
}

absl::StatusOr<Found> FromVariables(const EnvLookup& env, std::initializer_list<std::string> access_names,
                                    std::initializer_list<std::string> secret_names, const std::string& token_name) {
  const std::optional<Variable> access = FirstSet(env, access_names), secret = FirstSet(env, secret_names);
  if (!access.has_value() && !secret.has_value()) return Found();
  if (!access.has_value()) {
    return FailedPrecondition("environment variable {} is set without {}", secret->name, *access_names.begin());
  }
  if (!secret.has_value()) {
    return FailedPrecondition("environment variable {} is set without {}", access->name, *secret_names.begin());
  }
  return Found({.access_key = access->value,
                .secret_key = secret->value,
                .session_token = env(token_name).value_or(""),
                .expires = std::nullopt,
                .source = "environment variable " + access->name});
}

class TutorialEnvSource : public CredentialsSource {
 public:
  explicit TutorialEnvSource(EnvLookup env) : env_(std::move(env)) {}
  absl::StatusOr<Found> Fetch(const Context&) override {
    return FromVariables(env_, {"S3_ACCESS_KEY"}, {"S3_SECRET_KEY"}, "S3_SESSION_TOKEN");
  }
  std::string_view looks_at() const override { return "environment variables S3_ACCESS_KEY and S3_SECRET_KEY"; }

 private:
  const EnvLookup env_;
};

class AwsEnvSource : public CredentialsSource {
 public:
  explicit AwsEnvSource(EnvLookup env) : env_(std::move(env)) {}
  absl::StatusOr<Found> Fetch(const Context&) override {
    return FromVariables(env_, {"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"}, {"AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"},
                         "AWS_SESSION_TOKEN");
  }
  std::string_view looks_at() const override { return "environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"; }

 private:
  const EnvLookup env_;
};

std::string_view Stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

using Profile = std::map<std::string, std::string, std::less<>>;

// The section of an INI file; no value if it is not there.
std::optional<Profile> FindProfile(std::string_view ini, std::string_view name) {
  std::optional<Profile> found;
  bool inside = false;
  while (!ini.empty()) {
    const size_t end = std::min(ini.find('\n'), ini.size());
    const std::string_view line = Stripped(ini.substr(0, end));
    ini.remove_prefix(std::min(end + 1, ini.size()));
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line.starts_with('[') && line.ends_with(']')) {
      inside = Stripped(line.substr(1, line.size() - 2)) == name;
      if (inside && !found.has_value()) found.emplace();
    } else if (const size_t equals = line.find('='); inside && equals != std::string_view::npos) {
      (*found)[std::string(Stripped(line.substr(0, equals)))] = Stripped(line.substr(equals + 1));
    }
  }
  return found;
}

class SharedFileSource : public CredentialsSource {
 public:
  SharedFileSource(EnvLookup env, Clock& clock) : env_(std::move(env)), clock_(clock) {}

  absl::StatusOr<Found> Fetch(const Context&) override {
    const std::optional<std::string> named_file = env_("AWS_SHARED_CREDENTIALS_FILE"), named_profile = env_("AWS_PROFILE");
    const std::string home = env_("HOME").value_or("");
    if (!named_file.has_value() && home.empty()) return Found();
    const std::string path = named_file.value_or(home + "/.aws/credentials");
    const std::string profile = named_profile.value_or("default");
    const absl::StatusOr<std::string> text = RealFiles().ReadAll(path);
    if (!text.ok() && !named_file.has_value() && !named_profile.has_value()) return Found();
    VARVE_RETURN_IF_ERROR(
        Annotate(text.status(), "the credentials file that AWS_SHARED_CREDENTIALS_FILE or AWS_PROFILE asks for"));
    const std::optional<Profile> section = FindProfile(*text, profile);
    if (section.has_value()) return FromProfile(*section, path, profile);
    if (!named_profile.has_value()) return Found();
    return FailedPrecondition("profile {:?} (AWS_PROFILE) is not in {}", profile, path);
  }
  std::string_view looks_at() const override {
    return "~/.aws/credentials (or AWS_SHARED_CREDENTIALS_FILE), profile default (or AWS_PROFILE)";
  }

 private:
  absl::StatusOr<Found> FromProfile(const Profile& profile, const std::string& path, const std::string& name) const {
    const auto get = [&](std::string_view key) {
      const auto found = profile.find(key);
      return found == profile.end() ? std::string() : found->second;
    };
    AwsCredentials credentials{.access_key = get("aws_access_key_id"),
                               .secret_key = get("aws_secret_access_key"),
                               .session_token = get("aws_session_token"),
                               .expires = clock_.NowMs() + kFileKeptMs,  // read again then: somebody may rotate them
                               .source = fmt::format("profile {} of {}", name, path)};
    if (credentials.access_key.empty() || credentials.secret_key.empty()) {
      return FailedPrecondition(
          "profile {} of {} lacks aws_access_key_id or aws_secret_access_key (other kinds of profile are "
          "not supported)",
          name, path);
    }
    return Found(std::move(credentials));
  }

  const EnvLookup env_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<CredentialsSource> NewTutorialEnvSource(EnvLookup env) {
  return std::make_unique<TutorialEnvSource>(std::move(env));
}
std::unique_ptr<CredentialsSource> NewAwsEnvSource(EnvLookup env) { return std::make_unique<AwsEnvSource>(std::move(env)); }
std::unique_ptr<CredentialsSource> NewSharedFileSource(EnvLookup env, Clock& clock) {
  return std::make_unique<SharedFileSource>(std::move(env), clock);
}

}  // namespace varve
