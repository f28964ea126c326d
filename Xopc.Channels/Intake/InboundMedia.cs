namespace Xopc.Channels.Intake;

/// <summary>A file that came with a message, by reference.</summary>
/// <param name="Kind"><c>photo</c>, <c>document</c>, <c>video</c>, <c>audio</c>, <c>voice</c>, <c>animation</c>, <c>sticker</c>.</param>
/// <param name="FileId">The platform's name of it.</param>
/// <param name="Name">File name for people, or null.</param>
/// <param name="Size">Bytes, when the platform says so.</param>
internal sealed record InboundMedia(string Kind, string FileId, string? Name, string? MimeType, long? Size)
{
    /// <summary>Name in the blob store once it was fetched.</summary>
    public string? BlobId { get; init; }

    /// <summary>Why it cannot be had, for the agent; null while it can.</summary>
    public string? Missing { get; init; }
}
