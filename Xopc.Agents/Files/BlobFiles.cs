using Xopc.Agents.Transcripts;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;

namespace Xopc.Agents.Files;

/// <summary>
/// Files that came over a channel: they lie in the blob store, by content, when their turn is accepted, and get their place among the session's files when the
/// turn begins. The place is known from the start, so the transcript names it at acceptance, where nothing may wait for a disk.
/// </summary>
internal sealed class BlobFiles(AgentWorkspaces workspaces, StatePaths paths)
{
    /// <summary>The references for the transcript; null without files.</summary>
    public static IReadOnlyList<TranscriptAttachment>? References(TurnRequested request, SessionKey session)
    {
        if (request.BlobIds is not { Count: > 0 } ids)
        {
            return null;
        }

        var references = new List<TranscriptAttachment>(ids.Count);
        for (var i = 0; i < ids.Count; i++)
        {
            var file = request.Attachments is { } known && i < known.Count ? known[i] : new TurnAttachment("file", "application/octet-stream", 0);
            var mime = InboundFiles.SafeMime(file.MimeType);
            var name = InboundFiles.SafeName(file.Name);
            references.Add(new TranscriptAttachment(
                InboundFiles.TypeOf(mime), mime, name, file.Bytes, $"{InboundFiles.Root}/{InboundFolder.Of(session.Value)}/{RequireId(ids[i])[..16]}_{name}"));
        }

        return references;
    }

    /// <summary>Brings the files to the places that the transcript names; those that are there already stay. What retention has taken is left out.</summary>
    public async Task PlaceAsync(TurnRequested request, SessionKey session, CancellationToken cancellationToken)
    {
        if (References(request, session) is not { } references)
        {
            return;
        }

        var workspace = workspaces.For(workspaces.Agent(session.AgentId));
        for (var i = 0; i < references.Count; i++)
        {
            var place = Path.Combine(workspace, references[i].WorkspaceRelativePath);
            var blob = Path.Combine(paths.BlobsDirectory, RequireId(request.BlobIds![i]));
            if (File.Exists(place) || !File.Exists(blob))
            {
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            var temporary = $"{place}.{Guid.NewGuid():N}{InboundFiles.Unfinished}";
            await using (var from = File.OpenRead(blob))
            await using (var to = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 4096, FileOptions.Asynchronous))
            {
                await from.CopyToAsync(to, cancellationToken);
            }

            File.Move(temporary, place, overwrite: true);
        }
    }

    // A name from a message of another process becomes part of a path.
    private static string RequireId(string id) =>
        id.Length == 64 && id.All(char.IsAsciiHexDigitLower) ? id : throw new FormatException("A blob's name is 64 hexadecimal digits.");
}
