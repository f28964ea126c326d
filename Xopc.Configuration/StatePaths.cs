using System.Security.Cryptography;
using System.Text;

namespace Xopc.Configuration;

/// <summary>
/// Where everything lies: <c>~/.xopc</c>, or what <c>XOPC_STATE_DIR</c> (wins), <c>XOPC_PROFILE</c>, <c>XOPC_CONFIG</c> (wins) and
/// <c>XOPC_CONFIG_PATH</c> say. All paths are absolute.
/// </summary>
public sealed record StatePaths(string StateDirectory, string ConfigFile)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Moved by <c>XOPC_MODELS_JSON</c>.</summary>
    public string ModelsFile { get => field ?? Path.Combine(StateDirectory, "models.json"); init; }

    /// <summary>Mode 0700; files in it 0600. Moved by <c>XOPC_CREDENTIALS_DIR</c>.</summary>
    public string CredentialsDirectory { get => field ?? Path.Combine(StateDirectory, "credentials"); init; }

    public string DataDirectory => Path.Combine(StateDirectory, "data");

    public string BlobsDirectory => Path.Combine(StateDirectory, "blobs");

    /// <summary>Moved by <c>XOPC_LOG_DIR</c>.</summary>
    public string LogsDirectory { get => field ?? Path.Combine(StateDirectory, "logs"); init; }

    public string LocksDirectory => Path.Combine(StateDirectory, "locks");

    /// <summary>Mode 0700: Unix sockets between the processes of one installation.</summary>
    public string RunDirectory => Path.Combine(StateDirectory, "run");

    public string WorkspaceDirectory => Path.Combine(StateDirectory, "workspace");

    /// <summary>
    /// One gateway per configuration: <c>locks/gateway.{first 8 hex digits of SHA-256 of the configuration's canonical path}.lock</c>. However it is spelled and
    /// through whichever links, one file has one lock.
    /// </summary>
    public string GatewayLockFile =>
        Path.Combine(LocksDirectory, $"gateway.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalPath.Of(ConfigFile))))[..8]}.lock");

    /// <summary>Reads the environment through <paramref name="environment"/>. Nothing is read from the working directory, no <c>.env</c> either.</summary>
    /// <exception cref="ConfigException">No home directory is known, or the profile's name is not one.</exception>
    public static StatePaths Resolve(Func<string, string?> environment)
    {
        var state = Value("XOPC_STATE_DIR") is { } directory ? Absolute(directory, environment) : ProfileDirectory(Value("XOPC_PROFILE"), environment);
        var config = Value("XOPC_CONFIG") ?? Value("XOPC_CONFIG_PATH");
        var paths = new StatePaths(state, config is null ? Path.Combine(state, "xopc.json") : Absolute(config, environment));
        if (Value("XOPC_MODELS_JSON") is { } models)
        {
            paths = paths with { ModelsFile = Absolute(models, environment) };
        }

        if (Value("XOPC_CREDENTIALS_DIR") is { } credentials)
        {
            paths = paths with { CredentialsDirectory = Absolute(credentials, environment) };
        }

        if (Value("XOPC_LOG_DIR") is { } logs)
        {
            paths = paths with { LogsDirectory = Absolute(logs, environment) };
        }

        return paths;

        string? Value(string name) => environment(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;
    }

    /// <summary>Creates what is missing, for the owner only (0700), and closes <c>credentials</c> and <c>run</c> to others if they were open.</summary>
    /// <exception cref="ConfigException">A directory cannot be created or used.</exception>
    public void CreateDirectories()
    {
        foreach (var directory in (string[])
            [StateDirectory, CredentialsDirectory, DataDirectory, BlobsDirectory, LogsDirectory, LocksDirectory, RunDirectory, WorkspaceDirectory])
        {
            try
            {
                CreatePrivate(directory);
                if (!OperatingSystem.IsWindows() && (directory == CredentialsDirectory || directory == RunDirectory))
                {
                    File.SetUnixFileMode(directory, OwnerOnly);
                }
            }
            catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
            {
                throw new ConfigException(ConfigFile, [new ConfigProblem(
                    directory, "cannot be created or closed to others: " + ex.Message, "Give this user the right to write there, or set XOPC_STATE_DIR to another directory.")]);
            }
        }
    }

    internal static void CreatePrivate(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly);
        }
    }

    /// <summary>The person's home, or null: <c>HOME</c>, on Windows <c>USERPROFILE</c>.</summary>
    internal static string? Home(Func<string, string?> environment) =>
        environment("HOME") is { Length: > 0 } home ? home : environment("USERPROFILE") is { Length: > 0 } profile ? profile : null;

    private static string ProfileDirectory(string? profile, Func<string, string?> environment)
    {
        var home = Home(environment) ?? throw new ConfigException("", [new ConfigProblem(
            "HOME", "is not set, so there is no place for the state", "Set HOME, or XOPC_STATE_DIR to a directory of your choice.")]);
        if (profile is null or "default")
        {
            return Path.GetFullPath(Path.Combine(home, ".xopc"));
        }

        // The name becomes part of a path: nothing that could leave the home directory.
        if (profile.Length > 64 || !char.IsAsciiLetterOrDigit(profile[0]) || !profile.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw new ConfigException("", [new ConfigProblem(
                "XOPC_PROFILE", "is not a profile name", "Use 1 to 64 letters, digits, dashes and underscores, starting with a letter or digit.")]);
        }

        return Path.GetFullPath(Path.Combine(home, ".xopc-" + profile));
    }

    private static string Absolute(string path, Func<string, string?> environment) => Path.GetFullPath(ExpandHome(path, environment));

    internal static string ExpandHome(string path, Func<string, string?> environment) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal)
            ? Home(environment) is { } home ? Path.Combine(home, path.Length > 2 ? path[2..] : "") : path
            : path;
}
