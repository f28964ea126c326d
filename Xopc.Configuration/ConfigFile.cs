using System.Text.Json;
using System.Text.Json.Nodes;

namespace Xopc.Configuration;

/// <summary>How a save ended. Everything but <see cref="Saved"/> left the file as it was.</summary>
public enum ConfigSaveOutcome
{
    Saved,

    /// <summary>The edit changed nothing.</summary>
    Unchanged,

    /// <summary>The file is not the one the caller has seen; read it again.</summary>
    Conflict,

    /// <summary>The edited document would not be valid.</summary>
    Invalid,

    /// <summary>The file on disk cannot be parsed; a person has to mend it, nothing overwrites it.</summary>
    Unreadable,

    /// <summary>Another writer held the lock for too long.</summary>
    Locked,
}

/// <param name="Hash">Of the file as it is now: the new one when saved; of an unreadable one empty.</param>
/// <param name="Problems">Errors when the outcome is invalid or unreadable; otherwise warnings.</param>
public sealed record ConfigSaveResult(ConfigSaveOutcome Outcome, string Hash, IReadOnlyList<ConfigProblem> Problems)
{
    /// <summary>Leaf paths that the save changed.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Those of them that wait for a restart.</summary>
    public IReadOnlyList<string> RestartPaths { get; init; } = [];
}

/// <summary>A configuration as it was read.</summary>
public sealed record ConfigSnapshot(XopcConfig Config, ConfigDocument Document, IReadOnlyList<ConfigProblem> Warnings)
{
    /// <summary>SHA-256 (hex) of the file's bytes; of an absent file the hash of nothing.</summary>
    public string Hash => Document.Hash;

    /// <summary>Paths whose value comes from the environment, whatever the file says.</summary>
    public IReadOnlySet<string> Overridden { get; init; } = System.Collections.Frozen.FrozenSet<string>.Empty;
}

/// <summary>
/// <c>xopc.json</c> on disk. Any number of processes may read and save it: a save takes a lock file beside it, reads again, compares, and replaces
/// the file in one step, so a reader or a crash sees the old text or the new one, whole.
/// </summary>
/// <param name="path">Absolute path. A symbolic link stays one: what it points to is replaced.</param>
/// <param name="environment">Where <c>${VAR}</c> and overrides come from.</param>
/// <param name="clock">For waiting on the lock.</param>
public sealed class ConfigFile(string path, Func<string, string?> environment, TimeProvider clock)
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    public string Path { get; } = path;

    /// <summary>Test seam: runs between writing the new text beside the file and putting it in the file's place.</summary>
    internal Action? BeforeReplace { get; init; }

    /// <summary>Reads and judges the file; an absent one is all defaults.</summary>
    /// <exception cref="ConfigException">It cannot be read or holds errors; all of them.</exception>
    public ConfigSnapshot Load() => Judge(ReadDocument());

    /// <summary>The document alone, as written.</summary>
    /// <exception cref="ConfigException">It cannot be read or parsed.</exception>
    public ConfigDocument ReadDocument()
    {
        byte[] bytes;
        try
        {
            if (Directory.Exists(Path))
            {
                throw ConfigDocument.Unusable(Path, "is a directory", "Name a file in XOPC_CONFIG.");
            }

            // What has no length is empty, or a pipe or a device, whose opening or reading would wait for a writer, possibly for ever.
            if (new FileInfo(AtomicFile.ResolveTarget(Path)) is { Exists: true, Length: 0 })
            {
                return ConfigDocument.Parse([], Path);
            }

            using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // One byte more than it says, or than is allowed: what is too long is told from its first bytes.
            bytes = new byte[Math.Min(stream.Length, ConfigDocument.MaxBytes) + 1];
            bytes = bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception ex) when (ex is FileNotFoundException or DirectoryNotFoundException)
        {
            return ConfigDocument.Absent;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw ConfigDocument.Unusable(Path, "cannot be read: " + ex.Message, "Give this user the right to read it.");
        }

        return ConfigDocument.Parse(bytes, Path);
    }

    /// <summary>
    /// Applies <paramref name="edit"/> to the file as it is now and saves it: unknown keys, the order and <c>${VAR}</c> texts stay, the
    /// environment's values are never written, the old text becomes <c>.bak</c>.
    /// </summary>
    /// <param name="expectedHash">The hash the caller's knowledge rests on; null saves whatever the file holds now.</param>
    /// <param name="edit">Changes the object in place. May run in any process order, so it states what it wants, not what it saw.</param>
    /// <exception cref="IOException">The disk refused; the file is as it was, or already the new one when only its directory could not be synced.</exception>
    public Task<ConfigSaveResult> SaveAsync(string? expectedHash, Action<JsonObject> edit, CancellationToken cancellationToken) =>
        SaveAsync(
            expectedHash is null ? null : hash => expectedHash.Equals(hash, StringComparison.OrdinalIgnoreCase),
            (_, document) =>
            {
                edit(document);
                return [];
            },
            JudgeAlone,
            cancellationToken);

    /// <summary>
    /// Applies a patch to the file as it is now. Unlike an edit it is judged as at start too, with this process's environment: it comes from within
    /// the gateway, and what it saves has to run there.
    /// </summary>
    /// <param name="accepts">Whether the patch may be applied to a file of this hash; null: to any.</param>
    /// <param name="objects">What speaks against a change of this path, whatever to; null where nothing does.</param>
    /// <exception cref="IOException">As for an edit.</exception>
    public Task<ConfigSaveResult> SaveAsync(
        Func<string, bool>? accepts, ConfigPatch patch, Func<string, ConfigProblem?> objects, CancellationToken cancellationToken) =>
        SaveAsync(accepts, (current, document) => [.. patch.Apply(document, ShownOf(current)), .. Objections(current, document, objects)], JudgeWhole, cancellationToken);

    /// <summary>As a patch, from a process whose environment is not the gateway's: what its variables hold is neither judged nor compared.</summary>
    /// <exception cref="IOException">As for an edit.</exception>
    public Task<ConfigSaveResult> SaveFromOutsideAsync(ConfigPatch patch, CancellationToken cancellationToken) =>
        SaveAsync(accepts: null, (_, document) => patch.Apply(document, shown: null), JudgeAlone, cancellationToken);

    /// <summary>What saving a patch would come to, without saving it.</summary>
    public ConfigSaveResult Preview(ConfigPatch patch)
    {
        try
        {
            var current = ReadDocument();
            return Edit(current, (_, document) => patch.Apply(document, ShownOf(current)), JudgeWhole).Result;
        }
        catch (ConfigException ex)
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Unreadable, "", ex.Errors);
        }
    }

    /// <summary>What saving a whole document in the file's place would come to, without saving it. Masks stand for what is stored.</summary>
    public ConfigSaveResult Judge(JsonElement document)
    {
        try
        {
            return Edit(ReadDocument(), (current, edited) => ConfigPatch.Replace(edited, document, current), JudgeWhole).Result;
        }
        catch (ConfigException ex)
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Unreadable, "", ex.Errors);
        }
    }

    private async Task<ConfigSaveResult> SaveAsync(
        Func<string, bool>? accepts, Func<ConfigDocument, JsonObject, IReadOnlyList<ConfigProblem>> edit, Func<ConfigDocument, ConfigDocument, ConfigReadResult> judge, CancellationToken cancellationToken)
    {
        var target = AtomicFile.ResolveTarget(Path);
        StatePaths.CreatePrivate(System.IO.Path.GetDirectoryName(target)!);
        using var held = await AtomicFile.TryLockAsync(target + ".lock", LockPatience, clock, cancellationToken);
        return held is null ? new ConfigSaveResult(ConfigSaveOutcome.Locked, "", []) : SaveLocked(target, accepts, edit, judge);
    }

    private static IEnumerable<ConfigProblem> Objections(ConfigDocument current, JsonObject edited, Func<string, ConfigProblem?> objects) =>
        ConfigDiff.Between(current.Root, JsonElement.Parse(ConfigDocument.Serialise(edited))).Select(objects).OfType<ConfigProblem>();

    // A variable that this process lacks may well be set for the gateway.
    private static ConfigReadResult JudgeAlone(ConfigDocument current, ConfigDocument next) => ConfigReader.Read(next, environment: null);

    // As it would run, what the environment overrides included. What only shows without the overrides, or in the open, is no reason to refuse a change
    // of something else when it was there before; it is one when the change brings it.
    private ConfigReadResult JudgeWhole(ConfigDocument current, ConfigDocument next)
    {
        var whole = ConfigReader.Read(next, environment);
        var brought = Aside(next, whole).Except(Aside(current, ConfigReader.Read(current, environment)));
        return whole with { Errors = [.. whole.Errors.Concat(brought).DistinctBy(error => (error.Path, error.Problem))] };
    }

    private static IEnumerable<ConfigProblem> Aside(ConfigDocument document, ConfigReadResult whole) =>
        ConfigReader.Read(document, environment: null).Errors.Concat(whole.Config is { } config ? AuthRules.CheckNetwork(config.Gateway) : []);

    // What GET shows of the file as it is under the lock; null when it is not valid and nothing is shown of it.
    private ConfigSnapshot? ShownOf(ConfigDocument current) =>
        ConfigReader.Read(current, environment) is { Config: { } config } read ? new ConfigSnapshot(config, current, read.Warnings) { Overridden = read.Overridden } : null;

    internal ConfigSnapshot Judge(ConfigDocument document)
    {
        var read = ConfigReader.Read(document, environment);
        return read.Config is null
            ? throw new ConfigException(Path, read.Errors)
            : new ConfigSnapshot(read.Config, document, read.Warnings) { Overridden = read.Overridden };
    }

    private ConfigSaveResult SaveLocked(
        string target, Func<string, bool>? accepts, Func<ConfigDocument, JsonObject, IReadOnlyList<ConfigProblem>> edit, Func<ConfigDocument, ConfigDocument, ConfigReadResult> judge)
    {
        ConfigDocument current;
        try
        {
            current = ReadDocument();
        }
        catch (ConfigException ex)
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Unreadable, "", ex.Errors);
        }

        if (accepts is not null && !accepts(current.Hash))
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Conflict, current.Hash, []);
        }

        var (result, bytes) = Edit(current, edit, judge);
        if (result.Outcome == ConfigSaveOutcome.Saved)
        {
            AtomicFile.Replace(target, bytes, keepBackups: current.Exists, BeforeReplace);
        }

        return result;
    }

    private (ConfigSaveResult Result, byte[] Bytes) Edit(
        ConfigDocument current, Func<ConfigDocument, JsonObject, IReadOnlyList<ConfigProblem>> edit, Func<ConfigDocument, ConfigDocument, ConfigReadResult> judge)
    {
        var edited = current.ToJsonObject();
        var refused = edit(current, edited);
        byte[] bytes;
        ConfigDocument next;
        try
        {
            bytes = ConfigDocument.Serialise(edited);
            next = ConfigDocument.Parse(bytes, Path);
        }
        catch (InvalidOperationException)
        {
            return Invalid([new ConfigProblem("", $"would be nested more than {ConfigDocument.MaxDepth} levels deep", "Flatten it.")]);
        }
        catch (ConfigException ex)
        {
            return Invalid(ex.Errors);
        }

        var read = judge(current, next);
        if (refused.Count > 0 || read.Errors.Count > 0 || read.Config is not { } after)
        {
            return Invalid([.. refused, .. read.Errors]);
        }

        var unchanged = JsonElement.DeepEquals(current.Root, next.Root) && (current.Exists || edited.Count == 0);
        if (unchanged)
        {
            return (new ConfigSaveResult(ConfigSaveOutcome.Unchanged, current.Hash, read.Warnings), bytes);
        }

        var paths = ConfigDiff.Between(current.Root, next.Root);
        string[] restart = [.. paths.Where(path => ConfigKeys.Waits(path, after))];
        return (new ConfigSaveResult(ConfigSaveOutcome.Saved, next.Hash, read.Warnings) { Paths = paths, RestartPaths = restart }, bytes);

        (ConfigSaveResult, byte[]) Invalid(IReadOnlyList<ConfigProblem> problems) => (new ConfigSaveResult(ConfigSaveOutcome.Invalid, current.Hash, problems), []);
    }
}
