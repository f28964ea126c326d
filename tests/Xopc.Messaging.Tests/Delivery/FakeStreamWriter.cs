using Xopc.Contracts.Messages;

namespace Xopc.Messaging.Tests.Delivery;

/// <summary>Keeps what was published, and answers as told.</summary>
internal sealed class FakeStreamWriter : IStreamWriter
{
    public List<StreamMessage> Written { get; } = [];

    public PublishOutcome Answer { get; set; } = PublishOutcome.Published;

    public Exception? Fails { get; set; }

    public Action? Writing { get; set; }

    public bool KeepsKeysTogether => false;

    public Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken)
    {
        Writing?.Invoke();
        if (Fails is { } failure)
        {
            throw failure;
        }

        if (Answer == PublishOutcome.Published)
        {
            Written.AddRange(messages);
        }

        return Task.FromResult<IReadOnlyList<PublishOutcome>>([.. messages.Select(_ => Answer)]);
    }
}
