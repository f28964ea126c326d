using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Xopc.EndToEnd.Tests.Abuse;

/// <summary>Counts what HTTP was shown of a connection's bytes, between the socket and the parser.</summary>
internal sealed class ReadBytes
{
    private long _most;

    /// <summary>The most of any connection since the last call.</summary>
    public long TakeMost() => Interlocked.Exchange(ref _most, 0);

    public void Listen(ListenOptions listen) => listen.Use(next => async connection =>
    {
        var counting = new CountingReader(connection.Transport.Input, this);
        connection.Transport = new Transport(counting, connection.Transport.Output);
        await next(connection);
    });

    private void Seen(long bytes)
    {
        for (var most = Interlocked.Read(ref _most); bytes > most && Interlocked.CompareExchange(ref _most, bytes, most) != most; most = Interlocked.Read(ref _most))
        {
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class CountingReader(PipeReader inner, ReadBytes owner) : PipeReader
    {
        private System.Buffers.ReadOnlySequence<byte> _shown;
        private long _consumed;

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _consumed += _shown.Slice(0, consumed).Length;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Show(await inner.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result))
            {
                return false;
            }

            Show(result);
            return true;
        }

        private ReadResult Show(ReadResult result)
        {
            _shown = result.Buffer;
            owner.Seen(_consumed + result.Buffer.Length);
            return result;
        }
    }
}
