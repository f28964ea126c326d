using Xopc.Contracts.Messages;

namespace Xopc.Messaging;

/// <summary>What became of a message given to a stream.</summary>
internal enum PublishOutcome
{
    /// <summary>It is on the stream; a receipt will follow.</summary>
    Published,

    /// <summary>Its receiver has it: in process there is no stream between.</summary>
    Confirmed,

    /// <summary>The stream is at its bound. Nothing was dropped, nothing of this stream may go before it.</summary>
    Full,

    /// <summary>Its receiver could not take it now: the key is full, acceptance failed, or nobody receives here yet.</summary>
    Later,
}

/// <summary>The writing end of the work streams.</summary>
internal interface IStreamWriter
{
    /// <summary>Whether several messages of a key may go together: they arrive in the given order, and none after one of its key that did not.</summary>
    bool KeepsKeysTogether { get; }

    /// <summary>Publishes in the given order; one outcome per message. Throws when the transport cannot be reached; then any of them may have been published.</summary>
    Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken);
}
