namespace Xopc.Testing.Telegram;

/// <summary>A file in a chat.</summary>
/// <param name="Kind"><c>photo</c>, <c>document</c>, <c>video</c>, <c>audio</c>, <c>voice</c> or <c>sticker</c>.</param>
/// <param name="Size">In bytes; a file made by size alone has no content.</param>
public sealed record SeenMedia(string Kind, string FileId, string? FileName, string MimeType, long Size, byte[]? Content);
