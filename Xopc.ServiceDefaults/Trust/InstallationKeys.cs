using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// The keys the processes of one installation sign with: <c>credentials/installation.key</c>, mode 0600, one key per line (32 random bytes in base64url).
/// The first line signs; the second, present for a while after a rotation, still verifies.
/// </summary>
public sealed class InstallationKeys
{
    public const string FileName = "installation.key";
    private const int KeyBytes = 32;
    private const int MostKeys = 2;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>After this long every process signs with the new key and what was signed with the one before has arrived.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly SecretRegistry? _secrets;
    private readonly Lock _gate = new();
    private volatile State _state;
    private long _lookedAt;

    private InstallationKeys(string path, TimeProvider clock, SecretRegistry? secrets)
    {
        (_path, _clock, _secrets) = (path, clock, secrets);
        _state = Load();
        _lookedAt = clock.GetTimestamp();
    }

    private sealed record State(byte[][] Keys, DateTime WrittenAt);

    /// <summary>A rotation by another process is followed here too, within a second: its verifiers keep the last key no longer than until the next one.</summary>
    internal byte[] Signing
    {
        get
        {
            if (_clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= LookAgain)
            {
                Refresh();
            }

            return _state.Keys[0];
        }
    }

    internal IReadOnlyList<byte[]> Verifying => _state.Keys;

    /// <summary>Reads the file, or makes it. Several processes may do so at once: one of them wins and all use its key.</summary>
    /// <exception cref="InvalidOperationException">The file holds no keys. The message says what to do; the content is not in it.</exception>
    public static InstallationKeys LoadOrCreate(string credentialsDirectory, TimeProvider clock, SecretRegistry? secrets = null)
    {
        var path = Path.Combine(credentialsDirectory, FileName);
        CreateDirectory(credentialsDirectory);
        if (!File.Exists(path))
        {
            // A rename that must not overwrite is no atomic operation on Unix, so a lock decides who makes the key. Held for one small write, at start.
            SpinWait.SpinUntil(() => TryCreate(path), TimeSpan.FromSeconds(5));
        }

        return new InstallationKeys(path, clock, secrets);
    }

    // Null: another process has it.
    private static FileStream? TryHold(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException ex) when (ex is not DirectoryNotFoundException && File.Exists(path + ".lock"))
        {
            return null;
        }
    }

    // False: another process is making it.
    private static bool TryCreate(string path)
    {
        var held = TryHold(path);
        if (held is null)
        {
            return false;
        }

        using (held)
        {
            if (!File.Exists(path))
            {
                File.Move(WriteTemporary(path, [RandomNumberGenerator.GetBytes(KeyBytes)]), path, overwrite: true);
            }

            return true;
        }
    }

    /// <summary>How long the current key has been signing.</summary>
    public TimeSpan Age => _clock.GetUtcNow() - new DateTimeOffset(_state.WrittenAt);

    /// <summary>
    /// A new key signs from now on; the last one stays valid until the next rotation. Other processes follow within a second, so two rotations closer than
    /// <see cref="Settling"/> would retire a key that is still signed with: see <see cref="RotateSettledAsync"/>.
    /// </summary>
    public void Rotate() => Rotate(TimeSpan.Zero);

    /// <summary>The same, after the last rotation has reached every process.</summary>
    public async Task RotateSettledAsync(CancellationToken cancellationToken)
    {
        while (!Rotate(Settling))
        {
            await Task.Delay(LookAgain, _clock, cancellationToken);
        }
    }

    /// <summary>Rotates unless the current key is younger. One of several processes that come together does it.</summary>
    public bool Rotate(TimeSpan ifOlderThan)
    {
        lock (_gate)
        {
            // Across processes too: of two that rotate at once the second would drop the key that the first has begun to sign with.
            using var held = TryHold(_path);
            if (held is null)
            {
                return false;
            }

            _state = Load();
            if (Age < ifOlderThan)
            {
                return false;
            }

            File.Move(WriteTemporary(_path, [RandomNumberGenerator.GetBytes(KeyBytes), _state.Keys[0]]), _path, overwrite: true);
            _state = Load();
            return true;
        }
    }

    /// <summary>Reads the file again: a hundred bytes, for what somebody signed who has the key or pretends to.</summary>
    internal void Refresh()
    {
        lock (_gate)
        {
            Volatile.Write(ref _lookedAt, _clock.GetTimestamp());
            try
            {
                _state = Load();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                // An unreadable file changes nothing: the keys in memory stay right until a readable one replaces them.
            }
        }
    }

    private State Load()
    {
        if (!OperatingSystem.IsWindows())
        {
            // A restored backup or a copy may have opened it to others.
            File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var writtenAt = File.GetLastWriteTimeUtc(_path);
        var keys = new List<byte[]>(MostKeys);
        foreach (var line in File.ReadLines(_path).Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            if (keys.Count == MostKeys || line.Length > 64 || !TryDecode(line, out var key))
            {
                throw new InvalidOperationException($"{_path} does not hold one or two keys; delete it and restart every process of this installation.");
            }

            keys.Add(key);
            _secrets?.Register(line);
        }

        return keys.Count > 0 ? new State([.. keys], writtenAt) : throw new InvalidOperationException($"{_path} is empty; delete it and restart every process of this installation.");
    }

    private static bool TryDecode(string line, out byte[] key)
    {
        key = [];
        if (!Base64Url.IsValid(line))
        {
            return false;
        }

        key = Base64Url.DecodeFromChars(line);
        return key.Length == KeyBytes;
    }

    private static string WriteTemporary(string path, IEnumerable<byte[]> keys)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(temporary, options);
        file.Write(Encoding.ASCII.GetBytes(string.Join('\n', keys.Select(k => Base64Url.EncodeToString(k))) + "\n"));
        file.Flush(flushToDisk: true);
        return temporary;
    }

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
