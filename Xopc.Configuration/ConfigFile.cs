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
public sealed record ConfigSaveResult(ConfigSaveOutcome Outcome, string Hash, IReadOnlyList<ConfigProblem> Problems);

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
    public async Task<ConfigSaveResult> SaveAsync(string? expectedHash, Action<JsonObject> edit, CancellationToken cancellationToken)
    {
        var target = AtomicFile.ResolveTarget(Path);
        StatePaths.CreatePrivate(System.IO.Path.GetDirectoryName(target)!);
        using var held = await AtomicFile.TryLockAsync(target + ".lock", LockPatience, clock, cancellationToken);
        return held is null ? new ConfigSaveResult(ConfigSaveOutcome.Locked, "", []) : SaveLocked(target, expectedHash, edit);
    }

    internal ConfigSnapshot Judge(ConfigDocument document)
    {
        var read = ConfigReader.Read(document, environment);
        return read.Config is null
            ? throw new ConfigException(Path, read.Errors)
            : new ConfigSnapshot(read.Config, document, read.Warnings) { Overridden = read.Overridden };
    }

    private ConfigSaveResult SaveLocked(string target, string? expectedHash, Action<JsonObject> edit)
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

        if (expectedHash is not null && !expectedHash.Equals(current.Hash, StringComparison.OrdinalIgnoreCase))
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Conflict, current.Hash, []);
        }

        var edited = current.ToJsonObject();
        edit(edited);
        byte[] bytes;
        ConfigDocument next;
        try
        {
            bytes = ConfigDocument.Serialise(edited);
            next = ConfigDocument.Parse(bytes, Path);
        }
        catch (InvalidOperationException)
        {
            return new ConfigSaveResult(
                ConfigSaveOutcome.Invalid, current.Hash, [new ConfigProblem("", $"would be nested more than {ConfigDocument.MaxDepth} levels deep", "Flatten it.")]);
        }
        catch (ConfigException ex)
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Invalid, current.Hash, ex.Errors);
        }

        // On its own: a variable that this process lacks may well be set for the gateway.
        var read = ConfigReader.Read(next, environment: null);
        if (read.Errors.Count > 0)
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Invalid, current.Hash, read.Errors);
        }

        if (System.Text.Json.JsonElement.DeepEquals(current.Root, next.Root) && (current.Exists || edited.Count == 0))
        {
            return new ConfigSaveResult(ConfigSaveOutcome.Unchanged, current.Hash, read.Warnings);
        }

        AtomicFile.Replace(target, bytes, keepBackups: current.Exists, BeforeReplace);
        return new ConfigSaveResult(ConfigSaveOutcome.Saved, next.Hash, read.Warnings);
    }
}
