using System.Text;
using System.Text.Json;
using Xopc.Contracts.Runs;
using Xopc.Messaging;

namespace Xopc.Channels.Previews;

/// <summary>
/// What a run has written so far. One writes, one waits: only the newest text counts, nothing is queued. Beyond what a message can show it is not kept.
/// </summary>
internal sealed class GrowingText : IDisposable
{
    /// <summary>Characters of Markdown: far more than the longest message shows.</summary>
    internal const int Longest = 32 * 1024;

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _known = true;
    private bool _waiting;

    /// <summary>Whether the run is over, or nothing more can be learned of it.</summary>
    public bool Ended => _ended.Task.IsCompleted;

    /// <summary>Whether the run was stopped before it had written anything that stands: no answer will come.</summary>
    public bool CameToNothing { get; private set; }

    /// <summary>The text; null when a part of it was missed.</summary>
    public string? Now
    {
        get
        {
            lock (_gate)
            {
                return _known ? _text.ToString() : null;
            }
        }
    }

    public void Take(RunUpdates batch)
    {
        lock (_gate)
        {
            _known &= batch.Complete;
            foreach (var update in batch.Updates)
            {
                Take(update);
            }
        }
    }

    /// <summary>Nothing more will come.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>The text that stands was not shown; the next wait does not need another.</summary>
    public void Again()
    {
        lock (_gate)
        {
            Changed();
        }
    }

    /// <summary>Waits until there is new text, and then so long; the text is what there is after that. False: the run is over.</summary>
    public async Task<bool> MoreAsync(TimeSpan pause, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_ended.Task, _changed.WaitAsync(over.Token));
        if (!Ended && pause > TimeSpan.Zero)
        {
            await Task.WhenAny(_ended.Task, Task.Delay(pause, clock, over.Token));
        }

        await over.CancelAsync(); // the wait that lost
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _waiting = false;
        }

        return !Ended;
    }

    public void Dispose() => _changed.Dispose();

    // {"type":"token","content":"…"}, {"type":"reset","content":"…"}, {"ok":true,"payload":{"status":"aborted",…}}
    private void Take(RunUpdate update)
    {
        switch (update.Type)
        {
            case "token":
                Append(Content(update));
                break;
            case "reset":
                (_known, _text.Length) = (true, 0);
                Append(Content(update));
                break;
        }

        if (update.IsTerminal)
        {
            CameToNothing = _known && _text.Length == 0 && Status(update) == "aborted";
            End();
        }
    }

    private void Append(string text)
    {
        var room = Longest - _text.Length;
        _text.Append(text.AsSpan(0, Math.Min(room, text.Length)));
        Changed();
    }

    private void Changed()
    {
        if (!_waiting)
        {
            _waiting = true;
            _changed.Release();
        }
    }

    private static string Content(RunUpdate update)
    {
        using var json = JsonDocument.Parse(update.Data);
        return json.RootElement.GetProperty("content"u8).GetString() ?? "";
    }

    private static string? Status(RunUpdate update)
    {
        using var json = JsonDocument.Parse(update.Data);
        return json.RootElement.GetProperty("payload"u8).GetProperty("status"u8).GetString();
    }
}
