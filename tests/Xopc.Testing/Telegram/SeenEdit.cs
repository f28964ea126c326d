namespace Xopc.Testing.Telegram;

/// <summary>What a message said until it was edited.</summary>
/// <param name="Order">Place of the edit among everything that happened on the server.</param>
/// <param name="At">When the edit was accepted.</param>
public sealed record SeenEdit(long Order, DateTimeOffset At, string PreviousText, IReadOnlyList<SeenEntity> PreviousEntities);
