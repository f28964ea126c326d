using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using Xopc.Agents.Transcripts;
using Xopc.Agents.Turns;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Files;

/// <summary>
/// Files that people send along: <c>{workspace}/.xopc/inbound/{session}/{16 hex of the content}_{name}</c>, on the disk before the turn that names
/// them is accepted. The transcript keeps the reference only. They go with their session, see also <see cref="InboundFileRetention"/>.
/// </summary>
internal sealed partial class InboundFiles(AgentWorkspaces workspaces, TimeProvider clock, ILogger<InboundFiles> log)
{
    public const string Root = ".xopc/inbound";

    /// <summary>Extension of a file that is still being written.</summary>
    public const string Unfinished = ".tmp";
    private const int MaxBytes = 25 * 1024 * 1024;
    private const long MaxImageBytes = 20 * 1024 * 1024;

    // With the hash before and the temporary name behind it stays below the 255 bytes of a file name.
    private const int MaxNameBytes = 150;

    public async Task<IReadOnlyList<TranscriptAttachment>> StoreAsync(SessionKey session, IReadOnlyList<AgentAttachment> given, CancellationToken cancellationToken)
    {
        // All are checked before the first is written.
        var decoded = given.Select(static attachment => Decode(
            attachment ?? throw new ApiException(ErrorCode.InvalidRequest, "attachments: null is no attachment."))).ToList();
        if (decoded.Sum(static file => (long)file.Data.Length) > MaxBytes)
        {
            throw new ApiException(ErrorCode.PayloadTooLarge, "The attachments of a message may hold 25 MiB together.");
        }

        var workspace = workspaces.For(workspaces.Agent(session.AgentId));
        var directory = Path.Combine(workspace, Root, InboundFolder.Of(session.Value));
        try
        {
            return await WriteAllAsync(decoded, directory, workspace, cancellationToken);
        }
        catch (IOException ex)
        {
            throw new ApiException(ErrorCode.StorageUnavailable, $"The attachments could not be written to the workspace: {ex.GetType().Name}. Is the disk full?", TimeSpan.FromSeconds(5));
        }
    }

    private async Task<List<TranscriptAttachment>> WriteAllAsync(
        List<(string Type, string MimeType, string Name, byte[] Data)> decoded, string directory, string workspace, CancellationToken cancellationToken)
    {
        var isNew = !Directory.Exists(directory);
        Directory.CreateDirectory(directory);
        var stored = new List<TranscriptAttachment>(decoded.Count);
        foreach (var file in decoded)
        {
            var name = $"{Convert.ToHexStringLower(SHA256.HashData(file.Data))[..16]}_{file.Name}";
            await WriteAsync(Path.Combine(directory, name), file.Data, cancellationToken);
            var relative = Path.GetRelativePath(workspace, Path.Combine(directory, name)).Replace(Path.DirectorySeparatorChar, '/');
            stored.Add(new TranscriptAttachment(file.Type, file.MimeType, file.Name, file.Data.Length, relative));
        }

        // The names too, before a transcript promises them; those of new folders up to the workspace, which was there before.
        for (var at = directory; at.Length > workspace.Length; at = Path.GetDirectoryName(at)!)
        {
            DirectorySync.Sync(at);
            if (!isNew)
            {
                break;
            }
        }

        return stored;
    }

    /// <summary>The folder of all inbound files; null when there is none, or when something put a link in its place.</summary>
    public static DirectoryInfo? RootOf(string workspace)
    {
        var root = new DirectoryInfo(Path.Combine(workspace, Root));
        return root is { Exists: true, LinkTarget: null, Parent.LinkTarget: null } ? root : null;
    }

    /// <summary>Deletes what was sent into a session. What cannot be deleted now goes with the next round of retention.</summary>
    public void DeleteOf(string sessionKey)
    {
        if (!SessionKey.TryParse(sessionKey, null, out var key) || RootOf(workspaces.For(workspaces.Agent(key.AgentId))) is not { } root)
        {
            return;
        }

        try
        {
            var folder = new DirectoryInfo(Path.Combine(root.FullName, InboundFolder.Of(sessionKey)));
            if (folder is { Exists: true, LinkTarget: null })
            {
                folder.Delete(recursive: true);
            }
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(sessionKey, ex.GetType().Name);
        }
    }

    /// <summary>The file of a relative path as it was answered earlier; null unless it lies beneath the inbound folder of a workspace.</summary>
    /// <param name="caller">Sees the files of those sessions that it may touch.</param>
    public string? Find(string relative, string agentId, Principal caller)
    {
        if (!caller.MayTouchAgent(agentId) || relative.Length is 0 or > 1000 || relative.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        var root = Path.GetFullPath(Path.Combine(workspaces.For(workspaces.Agent(agentId)), Root));
        var path = Path.GetFullPath(Path.Combine(workspaces.For(workspaces.Agent(agentId)), relative));
        if (!path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
        {
            return null;
        }

        // Agents share a workspace unless configured otherwise; the folder under the root names the session, and a session its agent.
        if (!InboundFolder.IsOpenTo(caller, path[(root.Length + 1)..].Split(Path.DirectorySeparatorChar)[0]))
        {
            return null;
        }

        // A link could have been planted by a tool: only real files are served.
        for (var at = path; at is not null && at.Length > root.Length; at = Path.GetDirectoryName(at))
        {
            if (new FileInfo(at).LinkTarget is not null)
            {
                return null;
            }
        }

        return path;
    }

    /// <summary>The images that go along with a request, by their place in the workspace: the newest, as many as fit into 20 MiB.</summary>
    public static Dictionary<string, byte[]> NewestImages(List<TranscriptMessage> history, string workspace)
    {
        var images = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var left = MaxImageBytes;
        for (var i = history.Count - 1; i >= 0; i--)
        {
            foreach (var attachment in history[i].Attachments ?? [])
            {
                var path = Path.Combine(workspace, attachment.WorkspaceRelativePath);
                if (attachment.MimeType.StartsWith("image/", StringComparison.Ordinal) && attachment.Size <= left && File.Exists(path)
                    && images.TryAdd(attachment.WorkspaceRelativePath, File.ReadAllBytes(path)))
                {
                    left -= attachment.Size;
                }
            }
        }

        return images;
    }

    /// <summary>The user's message for the model: the given images as they are, anything else as a line that names it.</summary>
    public static List<AIContent> Contents(string text, IReadOnlyList<TranscriptAttachment> attachments, IReadOnlyDictionary<string, byte[]> images)
    {
        var words = new StringBuilder(text);
        var contents = new List<AIContent>();
        foreach (var attachment in attachments)
        {
            if (images.TryGetValue(attachment.WorkspaceRelativePath, out var bytes))
            {
                contents.Add(new DataContent(bytes, attachment.MimeType));
            }
            else
            {
                words.Append(words.Length > 0 ? "\n" : "")
                    .Append($"[File: {attachment.Name} ({attachment.MimeType}, {attachment.Size} bytes) at {attachment.WorkspaceRelativePath}]");
            }
        }

        contents.Insert(0, new TextContent(words.ToString()));
        return contents;
    }

    internal static (string Type, string MimeType, string Name, byte[] Data) Decode(AgentAttachment attachment)
    {
        var text = attachment.Data ?? "";
        var mime = attachment.MimeType;
        if (text.StartsWith("data:", StringComparison.Ordinal) && text.IndexOf(',') is > 0 and var comma)
        {
            mime ??= text[5..comma].Split(';')[0];
            text = text[(comma + 1)..];
        }

        if (text.Length == 0 || !Base64.IsValid(text))
        {
            throw new ApiException(ErrorCode.InvalidRequest, "attachments: data must be base64 or a data URL, and not empty.");
        }

        mime = SafeMime(mime);
        return (TypeOf(mime), mime, SafeName(attachment.Name), Convert.FromBase64String(text));
    }

    internal static string SafeMime(string? mime) =>
        mime is { Length: > 0 and <= 100 } && !mime.AsSpan().ContainsAnyInRange('\0', ' ') ? mime.ToLowerInvariant() : "application/octet-stream";

    internal static string TypeOf(string mime) =>
        mime.StartsWith("image/", StringComparison.Ordinal) ? "image" : mime.StartsWith("audio/", StringComparison.Ordinal) ? "audio" : "file";

    internal static string SafeName(string? name)
    {
        var last = (name ?? "").Split('/', '\\')[^1];
        var clean = new string([.. last.Select(static c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' or ' ' ? c : '_')]).Trim(' ', '.');
        var (start, bytes) = (clean.Length, 0);
        while (start > 0 && (bytes += Encoding.UTF8.GetByteCount(clean.AsSpan(start - 1, 1))) <= MaxNameBytes)
        {
            start--; // the end has the extension; no character of it is half of a pair
        }

        clean = clean[start..];
        return clean.Length == 0 ? "file" : clean;
    }

    private async Task WriteAsync(string path, byte[] data, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            // Named by its content, it is the same file; as young as a new one, so that retention does not take it from under the message that names it.
            File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
            return;
        }

        var temporary = $"{path}.{Guid.NewGuid():N}{Unfinished}";
        await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 4096, FileOptions.Asynchronous))
        {
            await stream.WriteAsync(data, cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    [LoggerMessage(LogLevel.Warning, "The files of the deleted session {SessionKey} could not be deleted yet ({Reason})")]
    private partial void LogNotDeleted(string sessionKey, string reason);
}
