using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Xopc.Contracts.Runs;
using Xopc.Messaging;

namespace Xopc.Channels.Tests.Fakes;

/// <summary>The updates of one run, as a test says them.</summary>
internal sealed class FakeRunLog : IRunLog, IDisposable
{
    private readonly Channel<RunUpdates> _batches = Channel.CreateBounded<RunUpdates>(100);
    private readonly SemaphoreSlim _taken = new(0);
    private int _seq;
    private int _owed;

    public void Token(string text) => Write("token", $$"""{"type":"token","content":"{{text}}"}""");

    public void Reset(string text) => Write("reset", $$"""{"type":"reset","content":"{{text}}"}""");

    public void Result(string status)
    {
        Write("result", $$$"""{"ok":true,"payload":{"status":"{{{status}}}","summary":""}}""", last: true);
        _batches.Writer.Complete();
    }

    /// <summary>Ends when the reader has dealt with everything that was said.</summary>
    public async Task TakenAsync(CancellationToken cancellationToken)
    {
        for (; _owed > 0; _owed--)
        {
            await _taken.WaitAsync(cancellationToken);
        }
    }

    public IRunLogWriter Open(string runId) => throw new NotSupportedException();

    public ValueTask<bool> ExistsAsync(string runId, CancellationToken cancellationToken) => new(true);

    public async IAsyncEnumerable<RunUpdates> ReadAsync(string runId, RunUpdateId? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in _batches.Reader.ReadAllAsync(cancellationToken))
        {
            yield return batch;
            _taken.Release(); // the reader came for the next one
        }
    }

    public void Dispose() => _taken.Dispose();

    private void Write(string type, string data, bool last = false)
    {
        _owed++;
        _batches.Writer.TryWrite(new RunUpdates([new RunUpdate(new RunUpdateId(1, ++_seq), type, Encoding.UTF8.GetBytes(data), last)], Complete: true));
    }
}
