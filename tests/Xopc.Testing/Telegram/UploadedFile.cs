namespace Xopc.Testing.Telegram;

/// <summary>A part of a multipart request.</summary>
internal sealed record UploadedFile(string FileName, byte[] Content);
