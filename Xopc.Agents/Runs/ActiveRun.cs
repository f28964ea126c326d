using System.Text;

namespace Xopc.Agents.Runs;

/// <summary>Why a run's token fired.</summary>
internal enum RunStop
{
    None,

    /// <summary>Its user said stop: recorded as aborted, partial text kept.</summary>
    User,

    /// <summary>The process stops: handed back when nothing was shown, else closed as interrupted.</summary>
    Process,

    /// <summary>The lease was lost: another owner works on; nothing may be written.</summary>
    Lease,
}

/// <summary>A run this process is working on. The text so far is guarded by the instance: the runner appends, the journal and the stop read.</summary>
internal sealed class ActiveRun(RunRow row, int attempt, CancellationToken processStopping) : IDisposable
{
    private readonly StringBuilder _text = new();
    private readonly CancellationTokenSource _cancellation = CancellationTokenSource.CreateLinkedTokenSource(processStopping);
    private int _stop;
    private int _journalled;
    private int _journalSeq;
    private int _seq;

    public RunRow Row => row;

    public string RunId => row.RunId;

    public int Attempt => attempt;

    public CancellationToken Token => _cancellation.Token;

    public RunStop Stop => (RunStop)Volatile.Read(ref _stop);

    /// <summary>Whether a watcher may have seen text or a tool may have acted: then the turn is not simply run again.</summary>
    public bool Shown { get; private set; }

    public bool ToolStarted { get; set; }

    /// <summary>Whether anything was put into the journal, so that the end has something to drop.</summary>
    public bool Journalled => Volatile.Read(ref _journalSeq) > 0;

    public int UnjournalledLength
    {
        get
        {
            lock (_text)
            {
                return _text.Length - _journalled;
            }
        }
    }

    /// <summary>The first cause wins.</summary>
    public bool Cancel(RunStop cause)
    {
        if (Interlocked.CompareExchange(ref _stop, (int)cause, (int)RunStop.None) != (int)RunStop.None)
        {
            return false;
        }

        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return false; // ended in the same moment
        }

        return true;
    }

    /// <summary>Adds a shown piece and remembers the update that showed it, so that <see cref="Snapshot"/> is exact.</summary>
    public void Append(string delta, int seq)
    {
        lock (_text)
        {
            _text.Append(delta);
            _seq = seq;
            Shown = true;
        }
    }

    /// <summary>The whole text and the update after which it stood so.</summary>
    public (string Text, int Seq) Snapshot()
    {
        lock (_text)
        {
            return (_text.ToString(), _seq);
        }
    }

    /// <summary>Forgets text beyond <paramref name="length"/>: the model call that wrote it is being repeated.</summary>
    public void Truncate(int length)
    {
        lock (_text)
        {
            _text.Length = Math.Min(_text.Length, length);
            _journalled = Math.Min(_journalled, _text.Length);
        }
    }

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public int TextLength
    {
        get
        {
            lock (_text)
            {
                return _text.Length;
            }
        }
    }

    /// <summary>The text since the last call, and its number in the journal; null when there is none.</summary>
    public (int Seq, string Text)? TakeForJournal()
    {
        lock (_text)
        {
            if (_text.Length <= _journalled)
            {
                return null;
            }

            var part = _text.ToString(_journalled, _text.Length - _journalled);
            _journalled = _text.Length;
            return (++_journalSeq, part);
        }
    }

    public void Dispose() => _cancellation.Dispose();
}
