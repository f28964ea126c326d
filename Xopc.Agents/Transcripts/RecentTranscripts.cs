using Microsoft.Extensions.Caching.Memory;

namespace Xopc.Agents.Transcripts;

/// <summary>
/// What the last turns here sent to their models, so that a session's next turn need not read and parse its history again: with 20 messages that was 3 %
/// of a turn's processor time, and it grows with them. Only a memory: whoever asks names the version that the database has, and gets nothing older or newer.
/// </summary>
internal sealed class RecentTranscripts : IDisposable
{
    // Characters of messages: 8 MiB as strings.
    private const long Capacity = 4 * 1024 * 1024;
    private const int MessageOverhead = 200;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = Capacity, CompactionPercentage = 0.25 });

    /// <summary>The messages of that version, oldest first, trimmed as the last turn left them; null when they have to be read.</summary>
    public IReadOnlyList<TranscriptMessage>? Find(string sessionKey, TranscriptVersion version) =>
        _cache.TryGetValue(sessionKey, out Entry? entry) && entry!.Version == version ? entry.Messages : null;

    public void Keep(string sessionKey, TranscriptVersion version, IReadOnlyList<TranscriptMessage> messages)
    {
        var size = messages.Sum(static message => MessageOverhead + message.EstimatedTokens * 4);
        _cache.Set(
            sessionKey, new Entry(version, messages),
            new MemoryCacheEntryOptions { Size = size, SlidingExpiration = Idle });
    }

    public void Dispose() => _cache.Dispose();

    private sealed record Entry(TranscriptVersion Version, IReadOnlyList<TranscriptMessage> Messages);
}
