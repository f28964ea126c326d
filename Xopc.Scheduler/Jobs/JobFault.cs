namespace Xopc.Scheduler.Jobs;

/// <summary>What is wrong with a job's JSON.</summary>
/// <param name="Field">Dotted: <c>payload.text</c>; empty: the whole.</param>
/// <param name="Message">Continues the field's name: <c>has more than 100 characters</c>.</param>
internal sealed record JobFault(string Field, string Message)
{
    public override string ToString() => Field.Length == 0 ? $"The job {Message}." : $"{Field} {Message}.";
}
