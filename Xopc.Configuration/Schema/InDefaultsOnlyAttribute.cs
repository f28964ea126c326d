namespace Xopc.Configuration;

/// <summary>A key of <c>agents.defaults</c> that a row of <c>agents.list</c> does not have.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class InDefaultsOnlyAttribute : Attribute;
