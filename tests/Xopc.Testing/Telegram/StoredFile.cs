namespace Xopc.Testing.Telegram;

/// <summary>A file on the server.</summary>
/// <param name="Path">Below <c>/file/bot&lt;token&gt;/</c>.</param>
/// <param name="Content">Null: made by its size alone, or thrown out because the store was full.</param>
internal sealed record StoredFile(string Id, string UniqueId, string Kind, string? Name, string MimeType, long Size, string Path, byte[]? Content);
