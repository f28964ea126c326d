using System.Security.Cryptography;

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
            var text = System.Text.Encoding.ASCII.GetString(buffer, 0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)).Trim();
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
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenLength / 2));
        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var stream = new FileStream(draft, NewPrivateFile()))
            {
                stream.Write(System.Text.Encoding.ASCII.GetBytes(token + "\n"));
                stream.Flush(flushToDisk: true);
            }

            // A move that does not overwrite decides the race; the loser takes the winner's token.
            File.Move(draft, path, overwrite: false);
            return token;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
            return Find(credentialsDirectory) ?? throw new InvalidDataException($"{path} vanished while it was read.");
        }
    }

    private static FileStreamOptions NewPrivateFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
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
