namespace Xopc.Testing.Telegram;

/// <summary>Everything ever uploaded, up to a bound of bytes; the oldest lose their content first. Used under the server's lock.</summary>
internal sealed class FileStore
{
    private const long Bound = 512L * 1024 * 1024;

    private readonly Dictionary<string, StoredFile> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _idByPath = new(StringComparer.Ordinal);
    private readonly Queue<string> _withContent = new();
    private long _bytes;
    private int _last;

    public StoredFile Add(string kind, string? name, byte[]? content, long size)
    {
        var number = ++_last;
        var extension = System.IO.Path.GetExtension(name ?? "") is { Length: > 0 } own ? own : DefaultExtension(kind);
        var file = new StoredFile(
            $"AgAD{number:D8}{kind}", $"AQAD{number:D8}", kind, name, MimeType(kind, extension), size, $"{kind}s/file_{number}{extension}", content);
        _byId[file.Id] = file;
        _idByPath[file.Path] = file.Id;
        if (content is not null)
        {
            _bytes += content.Length;
            _withContent.Enqueue(file.Id);
            DropOldest();
        }

        return file;
    }

    public StoredFile? ById(string id) => _byId.GetValueOrDefault(id);

    public StoredFile? ByPath(string path) => _idByPath.TryGetValue(path, out var id) ? _byId[id] : null;

    private void DropOldest()
    {
        while (_bytes > Bound && _withContent.Count > 1)
        {
            var oldest = _byId[_withContent.Dequeue()];
            _bytes -= oldest.Content!.Length;
            _byId[oldest.Id] = oldest with { Content = null };
        }
    }

    private static string DefaultExtension(string kind) => kind switch
    {
        "photo" => ".jpg",
        "video" => ".mp4",
        "audio" => ".mp3",
        "voice" => ".oga",
        "sticker" => ".webp",
        _ => "",
    };

    private static string MimeType(string kind, string extension) => (kind, extension) switch
    {
        ("photo", _) or (_, ".jpg" or ".jpeg") => "image/jpeg",
        (_, ".png") => "image/png",
        ("video", _) or (_, ".mp4") => "video/mp4",
        ("audio", _) or (_, ".mp3") => "audio/mpeg",
        ("voice", _) or (_, ".oga" or ".ogg") => "audio/ogg",
        ("sticker", _) or (_, ".webp") => "image/webp",
        (_, ".txt") => "text/plain",
        (_, ".pdf") => "application/pdf",
        _ => "application/octet-stream",
    };
}
