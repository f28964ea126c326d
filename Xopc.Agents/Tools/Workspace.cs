using System.Security.Cryptography;
using System.Text;

namespace Xopc.Agents.Tools;

/// <summary>The only folder an agent's file tools reach. Paths are relative to it; what a link leads out of it to is out of reach as well.</summary>
internal sealed class Workspace(string root)
{
    /// <summary>Larger files are neither read nor written.</summary>
    public const int MaxFileBytes = 10 * 1024 * 1024;

    private const int MaxPath = 1024;
    private const int MaxLinks = 40;

    // Text that is not UTF-8 must not be read as if it were: writing it back would destroy it.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _root = Real(Path.GetFullPath(root));

    /// <summary>The real path of something in the workspace, which may not exist yet.</summary>
    /// <exception cref="ToolException">The path leads out of the workspace.</exception>
    public string Resolve(string? path)
    {
        var relative = (path ?? "").Trim();
        if (relative is "" or "." or "./")
        {
            return _root;
        }

        if (relative.Length > MaxPath || relative.AsSpan().ContainsAny("\0\r\n"))
        {
            throw new ToolException("That is no path.");
        }

        var segments = relative.Split('/', '\\');
        if (Path.IsPathRooted(relative) || relative.StartsWith('~') || relative.Contains(':', StringComparison.Ordinal) && OperatingSystem.IsWindows()
            || segments.Contains(".."))
        {
            throw new ToolException("Only paths inside the workspace can be used: give one relative to it, without '..'.");
        }

        // A backslash is a file name's own character on Unix, and a separator on Windows.
        var real = Real(Path.Combine(_root, relative));
        return IsInside(real) ? real : throw new ToolException("That path leads out of the workspace.");
    }

    /// <summary>The way back: how a real path is named to the model.</summary>
    public string Name(string real) => Path.GetRelativePath(_root, real).Replace('\\', '/');

    public async Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken)
    {
        var real = Resolve(path);
        if (Directory.Exists(real))
        {
            throw new ToolException($"{path} is a folder.");
        }

        var info = new FileInfo(real);
        if (!info.Exists)
        {
            throw new ToolException($"{path} does not exist.");
        }

        if (info.Length > MaxFileBytes)
        {
            throw new ToolException($"{path} is larger than {MaxFileBytes >> 20} MiB.");
        }

        if (info.Length == 0)
        {
            // Also what is no file at all, such as a pipe, has no length; opening one would wait for ever.
            return [];
        }

        await using var stream = new FileStream(real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, useAsync: true);
        var bytes = new byte[MaxFileBytes + 1 > info.Length + 4096 ? (int)info.Length + 4096 : MaxFileBytes + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return length < bytes.Length ? bytes[..length] : throw new ToolException($"{path} grows while it is read.");
    }

    /// <summary>The text of a file, with its byte order mark if it has one.</summary>
    public async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = await ReadBytesAsync(path, cancellationToken);
        try
        {
            return bytes.AsSpan().Contains((byte)0) ? throw new ToolException($"{path} is not a text file.") : Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new ToolException($"{path} is not UTF-8 text.");
        }
    }

    /// <summary>Writes a file whole or not at all. Keeps the mode of a file that is replaced.</summary>
    public async Task WriteTextAsync(string path, string text, CancellationToken cancellationToken)
    {
        var real = Resolve(path);
        if (real == _root || Directory.Exists(real))
        {
            throw new ToolException($"{path} is a folder.");
        }

        if (Encoding.UTF8.GetByteCount(text) > MaxFileBytes)
        {
            throw new ToolException($"The text is larger than {MaxFileBytes >> 20} MiB.");
        }

        var folder = Path.GetDirectoryName(real)!;
        if (File.Exists(folder))
        {
            throw new ToolException($"{Name(folder)} is a file, not a folder.");
        }

        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{RandomNumberGenerator.GetHexString(16, lowercase: true)}.xopc-tmp");
        try
        {
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024, useAsync: true))
            {
                // Half of a surrogate pair cannot be written; it becomes the replacement character.
                await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
                await stream.FlushAsync(cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            KeepMode(real, temporary);
            File.Move(temporary, real, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Whether a real path lies in the workspace.</summary>
    public bool IsInside(string real) => real == _root || real.StartsWith(_root.EndsWith(Path.DirectorySeparatorChar) ? _root : _root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // Follows every link on the way, also one whose target does not exist: writing through it would create a file outside.
    private static string Real(string path)
    {
        for (var links = 0; links < MaxLinks; links++)
        {
            if (ReplaceFirstLink(path) is not { } next)
            {
                return path;
            }

            path = next;
        }

        throw new ToolException("Too many links.");
    }

    private static string? ReplaceFirstLink(string path)
    {
        var at = Path.GetPathRoot(path)!;
        var segments = path[at.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < segments.Length; i++)
        {
            at = Path.Combine(at, segments[i]);
            if (new FileInfo(at).LinkTarget is { } target)
            {
                var resolved = Path.GetFullPath(target, Path.GetDirectoryName(at)!);
                return Path.GetFullPath(Path.Combine([resolved, .. segments[(i + 1)..]]));
            }
        }

        return null;
    }

    private static void KeepMode(string from, string to)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(from))
        {
            File.SetUnixFileMode(to, File.GetUnixFileMode(from));
        }
    }
}
