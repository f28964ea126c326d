namespace Xopc.Configuration;

/// <summary>A text that may be written as a number: platforms' ids often are.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NumberIsTextAttribute : Attribute;
