using System.Security.Cryptography;
using System.Text;

namespace Xopc.Gateway.Edge;

/// <summary>
/// The generated token: 48 hex characters in <c>credentials/gateway-token</c> (0600), made once and reused at every start, so that clients of an
/// installed service survive a restart.
/// </summary>
public static class GatewayTokenFile
{
    public const string FileName = "gateway-token";

    private const int TokenLength = 48;

    /// <summary>The kept token, or null when there is none yet.</summary>
    /// <exception cref="InvalidDataException">The file holds something else than a generated token.</exception>
    public static string? Find(string credentialsDirectory)
    {
        var path = Path.Combine(credentialsDirectory, FileName);
        try
        {
            using var stream = File.OpenRead(path);
            // One byte more than a token and its line end, so that a wrong, huge file is noticed without being read.
            var buffer = new byte[TokenLength + 3];
            var text = Encoding.ASCII.GetString(buffer, 0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)).Trim();
            return text.Length == TokenLength && text.All(char.IsAsciiHexDigitLower)
                ? text
                : throw new InvalidDataException($"{path} does not hold a generated token (48 hex characters). Delete it to get a new one.");
        }
        catch (Exception ex) when (ex is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The kept token; makes and keeps one when there is none. Two processes that start together end with the same token.</summary>
    public static string LoadOrCreate(string credentialsDirectory)
    {
        if (Find(credentialsDirectory) is { } kept)
        {
            Protect(Path.Combine(credentialsDirectory, FileName));
            return kept;
        }

        CreateDirectory(credentialsDirectory);
        var path = Path.Combine(credentialsDirectory, FileName);
        string? token = null;

        // A rename that must not overwrite is no atomic operation on Unix, so a lock decides who makes the token. Held for one small write, at start.
        SpinWait.SpinUntil(() => TryLocked(path, () => Find(credentialsDirectory) ?? Write(path), out token), TimeSpan.FromSeconds(5));
        return token ?? throw new IOException($"{path} could not be created: another process holds its lock.");
    }

    /// <summary>Puts a new token in the place of the kept one. Durable before it is returned.</summary>
    /// <exception cref="IOException">The file cannot be written, or another process holds its lock.</exception>
    public static string Rotate(string credentialsDirectory)
    {
        CreateDirectory(credentialsDirectory);
        var path = Path.Combine(credentialsDirectory, FileName);
        string? token = null;
        SpinWait.SpinUntil(() => TryLocked(path, () => Write(path), out token), TimeSpan.FromSeconds(5));
        return token ?? throw new IOException($"{path} could not be replaced: another process holds its lock.");
    }

    /// <summary>48 random hex characters.</summary>
    internal static string Make() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenLength / 2));

    private static bool TryLocked(string path, Func<string> make, out string? token)
    {
        token = null;
        FileStream held;
        try
        {
            held = new FileStream(path + ".lock", PrivateFile(FileMode.OpenOrCreate));
        }
        catch (IOException ex) when (ex is not DirectoryNotFoundException && File.Exists(path + ".lock"))
        {
            return false;
        }

        using (held)
        {
            token = make();
            return true;
        }
    }

    private static string Write(string path)
    {
        var token = Make();
        var draft = path + ".new";
        using (var stream = new FileStream(draft, PrivateFile(FileMode.Create)))
        {
            stream.Write(Encoding.ASCII.GetBytes(token + "\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        return token;
    }

    private static FileStreamOptions PrivateFile(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static void Protect(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
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
